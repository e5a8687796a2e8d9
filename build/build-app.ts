import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildForProduction } from './build-for-production.ts';
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

/**
 * Builds main process, preload and window with the configurations that packaging uses. The same sources are built once:
 * the result is moved into place whole, so that several processes may ask at the same time.
 */
export async function buildApp(options: BuildAppOptions = {}): Promise<BuiltApp> {
  const hash = await hashSources();
  const cached = join(project, 'node_modules/.cache/causeway-app', hash);
  if (options.force === true) await rm(cached, { recursive: true, force: true });
  const fresh = !(await exists(cached));
  if (fresh) await buildInto(cached);
  if (options.outDir === undefined) return builtApp(cached, fresh);
  await rm(options.outDir, { recursive: true, force: true });
  await cp(cached, options.outDir, { recursive: true });
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

async function buildInto(target: string): Promise<void> {
  const work = `${target}.${process.pid}.work`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const bundle = (name: string, outDir: string, emptyOutDir: boolean) =>
    buildForProduction({
      configFile: join(project, `build/vite.${name}.config.ts`),
      logLevel: 'error',
      build: { outDir, emptyOutDir },
    });
  try {
    const sources = [
      ...(await bundle('main', join(work, 'build'), false)),
      ...(await bundle('preload', join(work, 'build'), false)),
      ...(await bundle('renderer', join(work, 'renderer/main_window'), true)),
    ].map((source) => relative(project, source));
    await writeFile(join(work, sourcesFile), JSON.stringify(sources));
    // Electron takes name, version and kind of module from the folder that it is given.
    const { name, productName, version } = JSON.parse(
      await readFile(join(project, 'package.json'), 'utf8'),
    ) as Manifest;
    const manifest = { name, productName, version, type: 'module', main: 'build/main.js' };
    await writeFile(join(work, 'package.json'), JSON.stringify(manifest));
    await rename(work, target);
  } catch (cause) {
    await rm(work, { recursive: true, force: true });
    // Another process has just put the same build in place: that one is as good.
    if (!(await exists(join(target, 'build/main.js')))) throw cause;
  }
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

async function hashSources(): Promise<string> {
  const hash = createHash('sha256')
    .update(process.version)
    .update(JSON.stringify(updatesOfBuild(process.env)));
  for (const source of sources) {
    for (const file of await filesBelow(join(project, source))) {
      hash.update(`\0${relative(project, file)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesBelow(path: string): Promise<readonly string[]> {
  if (!(await exists(path))) return [];
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).toSorted();
  return (await Promise.all(names.map((name) => filesBelow(join(path, name))))).flat();
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw cause;
  }
}
