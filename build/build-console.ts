import { existsSync } from 'node:fs';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { buildForProduction } from './build-for-production.ts';
import { keptBuild } from './kept-build.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const configFile = join(project, 'build/vite.console.config.ts');
/** Where a relay that runs from its sources looks for the console. */
export const builtConsole = join(project, '.vite/console');
/** Says of which sources the files are. */
const stampFile = join(project, '.vite/console.sources');
const sources = [
  'console',
  'ui',
  'shared',
  'build/vite.console.config.ts',
  'build/build-console.ts',
  'build/build-for-production.ts',
  'build/kept-build.ts',
  'package-lock.json',
];

/** Where its parts are in a kept build: the pages, and a list of the modules of libraries that are in them. */
const pagesFolder = 'pages';
const modulesFile = 'modules.json';

/** The operators’ console as it is shipped, for whoever only reads it: built once of the same sources. */
async function keptConsole(): Promise<{ readonly folder: string; readonly modules: string; readonly hash: string }> {
  const { folder, hash } = await keptBuild({ name: 'console', sources, build: buildInto });
  return { folder: join(folder, pagesFolder), modules: join(folder, modulesFile), hash };
}

/** Folder with the console’s files, which all who ask for it share. */
export async function consoleFiles(): Promise<string> {
  return (await keptConsole()).folder;
}

/**
 * Puts the operators’ console where a relay that runs from its sources looks for it, unless what is there is of the present
 * sources. The files come into place together, so that a relay never serves half of it.
 * @returns whether it was put there now
 */
export async function buildConsole(): Promise<boolean> {
  const { folder, hash } = await keptConsole();
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === hash && existsSync(join(builtConsole, 'index.html')))
    return false;
  const work = join(project, `.vite/console.${process.pid}.work`);
  try {
    await cp(folder, work, { recursive: true });
    await rm(stampFile, { force: true });
    await rm(builtConsole, { recursive: true, force: true });
    await rename(work, builtConsole).catch(() => cp(work, builtConsole, { recursive: true }));
    await writeFile(stampFile, hash);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return true;
}

/** Absolute paths of all modules of libraries that went into the built console. */
export async function consoleModules(): Promise<readonly string[]> {
  return JSON.parse(await readFile((await keptConsole()).modules, 'utf8')) as readonly string[];
}

async function buildInto(folder: string): Promise<void> {
  const modules = new Set<string>();
  await buildForProduction({
    configFile,
    logLevel: 'error',
    plugins: [collectModules(modules)],
    build: { outDir: join(folder, pagesFolder), emptyOutDir: true },
  });
  await writeFile(join(folder, modulesFile), `${JSON.stringify([...modules].toSorted())}\n`);
}

function collectModules(into: Set<string>): Plugin {
  return {
    name: 'collect-modules',
    generateBundle(_options, bundle) {
      for (const output of Object.values(bundle))
        for (const id of output.type === 'chunk' ? output.moduleIds : []) {
          const [path = ''] = id.split('?', 1);
          if (path.startsWith('/') && path.includes('/node_modules/')) into.add(path);
        }
      // Its base styles are in the pages, and no module says so.
      into.add(join(project, 'node_modules/tailwindcss/index.css'));
    },
  };
}
