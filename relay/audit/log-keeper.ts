import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** https://sqlite.org/fileformat2.html#the_write_ahead_log */
const logHeadBytes = 32;
const frameHeadBytes = 24;

/**
 * The database’s file, held open. A process that closes any handle of a file loses all its locks on it (fcntl(2)), SQLite’s
 * too: other processes would then take the log and its index away from under the connections of this one. So one handle
 * is there for as long as the database is open here.
 */
export interface HeldFile {
  /** For `fstat` and the like; not to be closed. */
  readonly handle: number;
  /** Whether that file is at the path still. */
  isThere(): boolean;
  /** Only after all connections of this process. */
  close(): void;
}

/** @param before is gone on with while its file is there, and closed otherwise */
export function holdFile(path: string, before?: HeldFile): HeldFile {
  if (before?.isThere() === true) return before;
  const handle = openSync(path, 'r+');
  before?.close();
  const { ino, dev } = fstatSync(handle);
  return {
    handle,
    isThere() {
      const found = statSync(path, { throwIfNoEntry: false });
      return found?.ino === ino && found.dev === dev;
    },
    close: () => closeSync(handle),
  };
}

/**
 * What a writer that failed leaves behind for the next one. A system tells of a failed flush once, and may leave the blocks
 * that it was to fill unwritten for good (ext4 does): what is written there later is flushed without a word and gone with
 * the power. So the log and the database lose the blocks that no flush is known of, before anything is written again.
 */
export interface LogKeeper {
  /** Notes that the database has been flushed as it is. */
  didFlushDatabase(): void;
  /**
   * Cuts off what isn't known to be on the disk; there must be no writer. @throws what the file system throws, and an Error,
   * with all left as it is, while SQLite doesn’t say how long the log is
   */
  mend(): void;
  close(): void;
}

/**
 * Keeps a connection, so that a writer that closes after a failure leaves the log as it is instead of copying it into the
 * database, and the index in memory says which frames were committed. A writer must have the database open.
 */
export function keepLog(path: string, file: HeldFile): LogKeeper {
  const connection = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  // It takes part in the log once it has read.
  connection.prepare('SELECT max(seq) FROM audit').get();
  const logState = connection.prepare('PRAGMA wal_checkpoint(NOOP)');
  const frameBytes = frameHeadBytes + Number(connection.prepare('PRAGMA page_size').get()?.['page_size']);
  let flushedBytes = fstatSync(file.handle).size;
  /** How long the log is up to the last commit that has succeeded. @throws Error when SQLite doesn’t say */
  const committedBytes = (): number => {
    const { busy, log } = logState.get() ?? {};
    const frames = Number(log);
    if (busy !== 0 || !(frames >= 0)) throw new Error('it isn’t known how long the audit’s log is');
    return frames === 0 ? 0 : logHeadBytes + frames * frameBytes;
  };
  return {
    didFlushDatabase() {
      flushedBytes = fstatSync(file.handle).size;
    },
    mend() {
      // Another file in its place has a log of its own.
      if (!file.isThere() || !existsSync(`${path}-shm`)) return;
      cutLogOff(`${path}-wal`, committedBytes());
      cutOff(file.handle, flushedBytes);
    },
    close: () => connection.close(),
  };
}

/** SQLite has no locks on the log itself. */
function cutLogOff(path: string, bytes: number): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r+');
  try {
    cutOff(file, bytes);
  } finally {
    closeSync(file);
  }
}

function cutOff(file: number, bytes: number): void {
  if (fstatSync(file).size > bytes) ftruncateSync(file, bytes);
  fsyncSync(file);
}
