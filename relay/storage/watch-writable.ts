import { statSync } from 'node:fs';
import { utimes } from 'node:fs/promises';

/**
 * Says whether the disk of a file takes writes, for what is written on the event loop: it changes the file's time beside it,
 * which waits where a write would. False when that takes longer than `patienceMs`, as on a frozen or stalled disk; one such
 * wait is under way at most. A disk that fails, or is full, counts as one that answers: the write itself says why.
 */
export function watchWritable(path: string, patienceMs = 1000): () => Promise<boolean> {
  let underWay: Promise<true> | null = null;
  return async () => {
    underWay ??= touch(path).finally(() => (underWay = null));
    const patience = Promise.withResolvers<false>();
    const timer = setTimeout(() => patience.resolve(false), patienceMs);
    try {
      return await Promise.race([underWay, patience.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function touch(path: string): Promise<true> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
  return true;
}

/** Two commits so close together may leave the same time. */
const settledMs = 1000;

/**
 * Says whether a database with a write-ahead log may be looked at on the event loop. A reader notes in shared memory which
 * commit it reads, which is a write to the disk's file once there is a new one: then the disk has to take writes.
 */
export function readableSince(database: string): () => Promise<boolean> {
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
