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
