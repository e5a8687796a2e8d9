import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** A small file system of its own, ext4 in a file in memory, that can be made to behave badly. */
export interface OwnDisk {
  /** Where it is mounted. */
  readonly folder: string;
  /** Takes all of its room; `free` gives it back. */
  fill(): void;
  free(): void;
  /**
   * Lets its medium take no new block: writes succeed, their flush fails with an I/O error. A loop device takes a write that
   * it did in part for done, so what is flushed meanwhile may be missing when it is plugged in again.
   */
  starve(): void;
  feed(): void;
  /** Holds up every write until it is thawed. */
  freeze(): void;
  thaw(): void;
  /** Finds an error in itself and goes read-only, as ext4 is usually set up to; until it is plugged in again. */
  breakDown(): void;
  /** Forgets all that isn't on the medium. Nothing may use it meanwhile. */
  plugInAgain(): void;
  close(): void;
}

const imageBytes = 64 * 1_048_576;
/** One group of blocks, whose tables stand at its beginning. */
const headBytes = 8 * 1_048_576;

/** Why there can be none here; null where there can. */
export function whyNoOwnDisk(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes Linux and root';
  const missing = ['mkfs.ext4', 'losetup', 'mount', 'fsfreeze'].find(
    (program) => spawnSync(program, ['--version']).error !== undefined,
  );
  if (missing !== undefined) return `${missing} isn’t installed`;
  try {
    startOwnDisk().close();
    return null;
  } catch (error) {
    return `no file system can be mounted: ${String(error)}`;
  }
}

/** Makes and mounts it; everything is gone after `close`. */
export function startOwnDisk(): OwnDisk {
  const root = mkdtempSync(join(tmpdir(), 'causeway-disk-'));
  const [medium, folder] = [join(root, 'medium'), join(root, 'mounted')];
  const [image, hunger, filling] = [join(medium, 'image'), join(medium, 'hunger'), join(folder, 'filling')];
  const run = (program: string, ...words: readonly string[]): string =>
    execFileSync(program, words, { stdio: 'pipe' }).toString();
  let device = '';
  const plugIn = (): void => {
    device = run('losetup', '--find', '--show', image).trim();
    run('mount', '-o', 'errors=continue', device, folder);
  };
  const unplug = (): void => {
    if (device === '') return;
    // A process that was killed may take a moment to let it go.
    if (spawnSync('umount', [folder]).status !== 0) spawnSync('umount', ['-l', folder]);
    spawnSync('losetup', ['--detach', device]);
    device = '';
  };
  const close = (): void => {
    unplug();
    spawnSync('umount', ['-l', medium]);
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  };
  for (const path of [medium, folder]) mkdirSync(path);
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${imageBytes + 4 * 1_048_576}`, 'none', medium);
    writeFileSync(image, '');
    truncateSync(image, imageBytes);
    // Without a journal it goes on after errors of the medium.
    run('mkfs.ext4', '-q', '-F', '-b', '4096', '-O', '^has_journal', '-m', '0', image);
    takeHead(image);
    plugIn();
    chmodSync(folder, 0o700);
  } catch (error) {
    close();
    throw error;
  }
  return {
    folder,
    fill: () => takeRoom(folder, filling),
    free: () => rmSync(filling, { force: true }),
    starve: () => takeRoom(medium, hunger),
    feed: () => rmSync(hunger, { force: true }),
    freeze: () => void run('fsfreeze', '--freeze', folder),
    thaw: () => void run('fsfreeze', '--unfreeze', folder),
    breakDown() {
      run('mount', '-o', 'remount,errors=remount-ro', folder);
      writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, 'planned by a test');
    },
    plugInAgain() {
      unplug();
      plugIn();
    },
    close,
  };
}

/** Gives the medium all blocks where the file system keeps what it knows of itself: only files are to lose any. */
function takeHead(image: string): void {
  const file = openSync(image, 'r+');
  try {
    const head = Buffer.alloc(headBytes);
    readSync(file, head, 0, headBytes, 0);
    writeSync(file, head, 0, headBytes, 0);
  } finally {
    closeSync(file);
  }
}

/** Writes until there is no room left, also for a file's last block. */
function takeRoom(place: string, path: string): void {
  const { bavail, bsize } = statfsSync(place);
  try {
    // Somebody may take some of it meanwhile.
    writeFileSync(path, Buffer.alloc(Math.max(0, (bavail - 256) * bsize)));
    for (;;) writeFileSync(path, Buffer.alloc(4096), { flag: 'a' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
