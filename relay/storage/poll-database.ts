import { statSync } from 'node:fs';
import { watchWritable } from './watch-writable.ts';

/** Two commits so close together may leave the same time. */
const settledMs = 1000;

/**
 * Says whether a database with a write-ahead log may be looked at on the event loop. A reader notes in shared memory which
 * commit it reads, which is a write to the disk's file once there is a new one: then the disk has to take writes.
 */
function readableSince(database: string): () => Promise<boolean> {
  const isWritable = watchWritable(database);
  let seenMs = Number.NaN;
  return async () => {
    const changedMs = statSync(`${database}-wal`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changedMs === seenMs && Date.now() - changedMs > settledMs) return true;
    if (!(await isWritable())) return false;
    seenMs = changedMs;
    return true;
  };
}

/** Looks at a database every so often while its disk answers; `look` tells of its own failures. */
export function pollDatabase(database: string, everyMs: number, look: () => void): { close(): void } {
  const mayRead = readableSince(database);
  let isClosed = false;
  const timer = setInterval(() => {
    void mayRead().then((may) => may && !isClosed && look());
  }, everyMs).unref();
  return {
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}
