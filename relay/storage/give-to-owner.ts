import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * A folder that is held open. What is made in it is made by its descriptor where the system has names for these
 * (proc_pid_fd(5)): whoever may rename what is on the way leads nothing elsewhere.
 */
interface OpenFolder {
  readonly handle: number;
  readonly address: string;
}

/**
 * Makes a file that its owner alone can read and write, and answers it open. What root makes goes to whoever has its folder, as
 * SQLite does with its logs: a command that root runs leaves nothing that the relay's own user can't open.
 * @throws the system's error, `EEXIST` when there is one
 */
export function openNewPrivateFile(path: string, flags: 'ax' | 'wx'): number {
  if (!isRoot()) return openSync(path, flags, 0o600);
  const folder = openFolder(dirname(path));
  try {
    const file = openSync(join(folder.address, basename(path)), flags, 0o600);
    give(file, fstatSync(folder.handle));
    return file;
  } finally {
    closeSync(folder.handle);
  }
}

/** Makes a folder that its owner alone can enter, with those above it, unless it is there; root's goes to whoever has the one that was there. */
export function makePrivateFolder(path: string): void {
  const [first, ...others] = isRoot() ? missingOf(resolve(path)) : [];
  if (first === undefined) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return;
  }
  let folder = openFolder(dirname(first));
  try {
    const owner = fstatSync(folder.handle);
    for (const each of [first, ...others]) {
      const made = makeIn(folder, basename(each), owner);
      closeSync(folder.handle);
      folder = made;
    }
  } finally {
    closeSync(folder.handle);
  }
}

const isRoot = (): boolean => process.geteuid?.() === 0;

/** The folders on the way that aren't there, from the top. */
function missingOf(path: string): readonly string[] {
  return existsSync(path) || dirname(path) === path ? [] : [...missingOf(dirname(path)), path];
}

function openFolder(path: string, flags = 0): OpenFolder {
  const handle = openSync(path, constants.O_DIRECTORY | flags);
  const address = `/proc/self/fd/${handle}`;
  return { handle, address: existsSync(address) ? address : path };
}

/** Makes one folder in another and gives it away. @throws the system's error, also where a link is in its place */
function makeIn(folder: OpenFolder, name: string, owner: Stats): OpenFolder {
  const path = join(folder.address, name);
  const isNew = isMade(path);
  const made = openFolder(path, constants.O_NOFOLLOW);
  // Another folder of root's may have been moved to its place: an empty one is as good.
  if (isNew && fstatSync(made.handle).uid === 0 && readdirSync(made.address).length === 0) give(made.handle, owner);
  return made;
}

/** False when somebody else has made it meanwhile. */
function isMade(path: string): boolean {
  try {
    mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Root keeps what it made in its own folders, and where it hasn't the right to give, as in containers. */
function give(handle: number, { uid, gid }: Stats): void {
  if (uid === 0) return;
  try {
    fchownSync(handle, uid, gid);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'EINVAL') throw error;
  }
}
