import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { buildForProduction } from './build-for-production.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const configFile = join(project, 'build/vite.console.config.ts');
/** Where a relay that runs from its sources looks for the console. */
export const builtConsole = join(project, '.vite/console');
/** Lists the modules of libraries that are in the pages; beside them, as they are served to everybody. */
const modulesFile = join(project, '.vite/console.modules.json');
/** Says of which sources the files are. */
const stampFile = join(project, '.vite/console.sources');
const sources = [
  'console',
  'ui',
  'shared',
  'build/vite.console.config.ts',
  'build/build-console.ts',
  'build/build-for-production.ts',
  'package-lock.json',
];

/**
 * Builds the operators’ console, unless what is there is of the present sources. The result is moved into place whole, so
 * that a relay never serves half of it.
 * @returns whether it was built now
 */
export async function buildConsole(): Promise<boolean> {
  const wanted = await hashSources();
  const present = await readFile(stampFile, 'utf8').catch(() => '');
  if (present === wanted && (await exists(join(builtConsole, 'index.html'))) && (await exists(modulesFile)))
    return false;
  const work = join(project, `.vite/console.${process.pid}.work`);
  const modules = new Set<string>();
  try {
    await buildForProduction({
      configFile,
      logLevel: 'error',
      plugins: [collectModules(modules)],
      build: { outDir: work, emptyOutDir: true },
    });
    await mkdir(join(project, '.vite'), { recursive: true });
    await rm(stampFile, { force: true });
    await rm(builtConsole, { recursive: true, force: true });
    await rename(work, builtConsole).catch(() => cp(work, builtConsole, { recursive: true }));
    await writeFile(modulesFile, `${JSON.stringify([...modules].toSorted())}\n`);
    await writeFile(stampFile, wanted);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return true;
}

/** Absolute paths of all modules of libraries that went into the built console. */
export async function consoleModules(): Promise<readonly string[]> {
  return JSON.parse(await readFile(modulesFile, 'utf8')) as readonly string[];
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

async function hashSources(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources)
    for (const file of await filesBelow(join(project, source)))
      hash.update(`\0${relative(project, file)}\0`).update(await readFile(file));
  return hash.digest('hex');
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) return [];
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).toSorted();
  return (await Promise.all(names.map((name) => filesBelow(join(path, name))))).flat();
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
