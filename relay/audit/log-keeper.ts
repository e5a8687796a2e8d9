import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readSync, statSync } from 'node:fs';
import { endianness } from 'node:os';
import { DatabaseSync } from 'node:sqlite';

/** Where the log's index says how many frames count, twice (https://sqlite.org/walformat.html, “WAL-Index Header”). */
const indexHead = { copyBytes: 48, pageSizeAt: 14, framesAt: 16 };
const logHeadBytes = 32;
const frameHeadBytes = 24;

/**
 * What a writer that failed leaves behind for the next one. A system tells of a failed flush once, and may leave the blocks
 * that it was to fill unwritten for good (ext4 does): what is written there later is flushed without a word and gone with
 * the power. So the log and the database lose the blocks that no flush is known of, before anything is written again.
 */
export interface LogKeeper {
  /** Notes that the database has been flushed as it is. */
  didFlushDatabase(): void;
  /** Cuts off what isn't known to be on the disk; there must be no writer. @throws what the file system throws */
  mend(): void;
  close(): void;
}

/**
 * Keeps a connection, so that a writer that closes after a failure leaves the log as it is instead of copying it into the
 * database, and the index in memory says which frames were committed. A writer must have the database open.
 */
export function keepLog(path: string): LogKeeper {
  const connection = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  // It takes part in the log once it has read.
  connection.prepare('SELECT max(seq) FROM audit').get();
  const place = statSync(path);
  let flushedBytes = place.size;
  return {
    didFlushDatabase() {
      flushedBytes = statSync(path).size;
    },
    mend() {
      const found = statSync(path, { throwIfNoEntry: false });
      // Another file in its place has a log of its own.
      if (found?.ino !== place.ino || found.dev !== place.dev || !existsSync(`${path}-shm`)) return;
      cutOff(`${path}-wal`, committedBytes(`${path}-shm`));
      cutOff(path, flushedBytes);
    },
    close: () => connection.close(),
  };
}

/** How long the log is up to the last commit that has succeeded. */
function committedBytes(indexPath: string): number {
  const head = Buffer.alloc(indexHead.copyBytes * 2);
  const file = openSync(indexPath, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const [one, other] = [head.subarray(0, indexHead.copyBytes), head.subarray(indexHead.copyBytes)];
  if (!one.equals(other)) throw new Error('the index of the audit’s log is being written');
  // In the byte order of the machine; 1 stands for 65,536.
  const isLittle = endianness() === 'LE';
  const pageBytes = isLittle ? one.readUInt16LE(indexHead.pageSizeAt) : one.readUInt16BE(indexHead.pageSizeAt);
  const frames = isLittle ? one.readUInt32LE(indexHead.framesAt) : one.readUInt32BE(indexHead.framesAt);
  return frames === 0 ? 0 : logHeadBytes + frames * (frameHeadBytes + (pageBytes === 1 ? 65_536 : pageBytes));
}

function cutOff(path: string, bytes: number): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r+');
  try {
    if (statSync(path).size > bytes) ftruncateSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
