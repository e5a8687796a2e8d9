import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));

export interface KeptBuildOptions {
  /** Names the folder of all builds of this kind. */
  readonly name: string;
  /** Files and folders below the project that the build comes of; what isn’t there counts as empty. */
  readonly sources: readonly string[];
  /** Whatever else it comes of. */
  readonly also?: readonly string[];
  /** Builds even when the sources haven’t changed. */
  readonly force?: boolean;
  /** Makes the build in a new, empty folder. */
  readonly build: (folder: string) => Promise<void>;
}

export interface KeptBuild {
  /** To be read only: all who ask for the same sources share it. */
  readonly folder: string;
  /** Names the sources. */
  readonly hash: string;
  /** False when an earlier build of the same sources is used. */
  readonly fresh: boolean;
}

/**
 * A build that is made once of the same sources. It is moved into place whole, so that several processes may ask at the same
 * time.
 */
export async function keptBuild({ name, sources, also = [], force, build }: KeptBuildOptions): Promise<KeptBuild> {
  const hash = await hashOf(sources, also);
  const folder = join(project, 'node_modules/.cache', `causeway-${name}`, hash);
  if (force === true) await rm(folder, { recursive: true, force: true });
  if (await exists(folder)) return { folder, hash, fresh: false };
  const work = `${folder}.${process.pid}.work`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    await build(work);
    await rename(work, folder);
  } catch (cause) {
    await rm(work, { recursive: true, force: true });
    // Another process has just put the same build in place: that one is as good.
    if (!(await exists(folder))) throw cause;
  }
  return { folder, hash, fresh: true };
}

async function hashOf(sources: readonly string[], also: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([process.version, ...also]));
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
