import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildForProduction } from './build-for-production.ts';
import { keptBuild } from './kept-build.ts';
import { updatesOfBuild } from './updates-of-build.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const sources = [
  'electron',
  'client',
  'shared',
  'renderer',
  'ui',
  'build/icons/public',
  'build/vite.main.config.ts',
  'build/vite.preload.config.ts',
  'build/vite.renderer.config.ts',
  'build/build-app.ts',
  'build/updates-of-build.ts',
  'build/build-for-production.ts',
  'build/kept-build.ts',
  'package.json',
  'package-lock.json',
];

export interface BuildAppOptions {
  /** Where the bundles go; without it, a folder named by the sources' hash, shared by all who ask. */
  readonly outDir?: string;
  /** Builds even when the sources haven't changed. */
  readonly force?: boolean;
}

export interface BuiltApp {
  /** Folder with `package.json`, `build/main.js`, `build/preload.cjs` and `renderer/main_window/index.html`. */
  readonly dir: string;
  readonly main: string;
  readonly preload: string;
  readonly page: string;
  /** False when an earlier build of the same sources was used. */
  readonly fresh: boolean;
}

/** Builds main process, preload and window with the configurations that packaging uses, once of the same sources. */
export async function buildApp(options: BuildAppOptions = {}): Promise<BuiltApp> {
  const { folder, fresh } = await keptBuild({
    name: 'app',
    sources,
    also: [JSON.stringify(updatesOfBuild(process.env))],
    force: options.force === true,
    build: buildInto,
  });
  if (options.outDir === undefined) return builtApp(folder, fresh);
  await rm(options.outDir, { recursive: true, force: true });
  await cp(folder, options.outDir, { recursive: true });
  return builtApp(options.outDir, fresh);
}

/** Names the sources of the bundles, for licences; not packaged. */
const sourcesFile = 'sources.json';

/** Absolute paths of all sources of a built app, those of libraries included. */
export async function sourcesOfApp(app: BuiltApp): Promise<readonly string[]> {
  const sources = JSON.parse(await readFile(join(app.dir, sourcesFile), 'utf8')) as readonly string[];
  return sources.map((source) => join(project, source));
}

interface Manifest {
  readonly name: string;
  readonly productName: string;
  readonly version: string;
}

async function buildInto(work: string): Promise<void> {
  const bundle = (name: string, outDir: string, emptyOutDir: boolean) =>
    buildForProduction({
      configFile: join(project, `build/vite.${name}.config.ts`),
      logLevel: 'error',
      build: { outDir, emptyOutDir },
    });
  const bundled = [
    ...(await bundle('main', join(work, 'build'), false)),
    ...(await bundle('preload', join(work, 'build'), false)),
    ...(await bundle('renderer', join(work, 'renderer/main_window'), true)),
  ].map((source) => relative(project, source));
  await writeFile(join(work, sourcesFile), JSON.stringify(bundled));
  // Electron takes name, version and kind of module from the folder that it is given.
  const { name, productName, version } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as Manifest;
  const manifest = { name, productName, version, type: 'module', main: 'build/main.js' };
  await writeFile(join(work, 'package.json'), JSON.stringify(manifest));
}

function builtApp(dir: string, fresh: boolean): BuiltApp {
  return {
    dir,
    main: join(dir, 'build/main.js'),
    preload: join(dir, 'build/preload.cjs'),
    page: join(dir, 'renderer/main_window/index.html'),
    fresh,
  };
}
