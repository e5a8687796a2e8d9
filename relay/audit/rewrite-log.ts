import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

const chunkBytes = 1_048_576;

/**
 * Writes the write-ahead log over itself and flushes it, after a failure of the disk. The system tells of a failed flush
 * once, and takes what it couldn't write for written from then on: a commit behind such a hole would be durable by its own
 * flush, and yet be lost with the hole. Only who writes the audit may call it. @throws what the file system throws
 */
export function rewriteLog(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r+');
  } catch (error) {
    // What was in it is in the database, which SQLite flushed before it took the log away.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  try {
    const chunk = Buffer.alloc(chunkBytes);
    const { size } = fstatSync(file);
    for (let at = 0; at < size;) {
      const bytes = readSync(file, chunk, 0, chunkBytes, at);
      if (bytes === 0) break;
      writeSync(file, chunk, 0, bytes, at);
      at += bytes;
    }
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}
