import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildForProduction } from './build-for-production.ts';

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
  if (present === wanted && (await exists(join(builtConsole, 'index.html')))) return false;
  const work = join(project, `.vite/console.${process.pid}.work`);
  try {
    await buildForProduction({ configFile, logLevel: 'error', build: { outDir: work, emptyOutDir: true } });
    await mkdir(join(project, '.vite'), { recursive: true });
    await rm(stampFile, { force: true });
    await rm(builtConsole, { recursive: true, force: true });
    await rename(work, builtConsole).catch(() => cp(work, builtConsole, { recursive: true }));
    await writeFile(stampFile, wanted);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return true;
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
