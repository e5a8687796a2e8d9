import { LRUCache } from 'lru-cache';

/** For records that strangers cause at will. */
export interface SeldomRecords {
  /** Whether to record one now; then how many were left out since the last one. */
  ask(key: string): { readonly leftOut: number } | null;
}

/** How many are recorded a minute. */
export interface MostRecords {
  readonly ofOneKey: number;
  readonly ofAll: number;
}

const everyMs = 60_000;
const mostRemembered = 1000;

/** One of each key a minute, and no more than thirty a minute of all of them, unless it is said otherwise. */
export function recordSeldom(now: () => number, most: MostRecords = { ofOneKey: 1, ofAll: 30 }): SeldomRecords {
  const told = new LRUCache<string, number>({ max: mostRemembered, ttl: everyMs, ttlResolution: 0, perf: { now } });
  let sinceMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  let leftOut = 0;
  return {
    ask(key) {
      const nowMs = now();
      if (nowMs - sinceMs >= everyMs || nowMs < sinceMs) [sinceMs, count] = [nowMs, 0];
      const ofKey = told.get(key) ?? 0;
      if (ofKey >= most.ofOneKey || count >= most.ofAll) {
        leftOut += 1;
        return null;
      }
      told.set(key, ofKey + 1, { noUpdateTTL: true });
      count += 1;
      const before = leftOut;
      leftOut = 0;
      return { leftOut: before };
    },
  };
}

/** What a record adds to its words about those that it stands for. */
export function othersWords(leftOut: number): string {
  return leftOut === 0 ? '' : ` (before it ${leftOut} others weren’t recorded)`;
}
