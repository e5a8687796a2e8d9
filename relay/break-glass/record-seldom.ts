import { LRUCache } from 'lru-cache';

/** For records that strangers cause at will. */
export interface SeldomRecords {
  /** Whether to record one now; then how many were left out since the last one. */
  ask(key: string): { readonly leftOut: number } | null;
}

const everyMs = 60_000;
/** Of all keys together in that time. */
const mostAtOnce = 30;
const mostRemembered = 1000;

/** One of each key a minute, and no more than thirty a minute of all of them. */
export function recordSeldom(now: () => number): SeldomRecords {
  const told = new LRUCache<string, true>({ max: mostRemembered, ttl: everyMs, ttlResolution: 0, perf: { now } });
  let sinceMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  let leftOut = 0;
  return {
    ask(key) {
      const nowMs = now();
      if (nowMs - sinceMs >= everyMs || nowMs < sinceMs) [sinceMs, count] = [nowMs, 0];
      if (told.has(key) || count >= mostAtOnce) {
        leftOut += 1;
        return null;
      }
      told.set(key, true);
      count += 1;
      const before = leftOut;
      leftOut = 0;
      return { leftOut: before };
    },
  };
}
