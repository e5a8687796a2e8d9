import type { ActivityEntry } from '../../shared/activity.ts';
import type { LeftOut } from '../tunnel/tunnel-client.ts';

/** Requests per second and their mean duration over the last seconds; null when none has ended. */
export interface ActivityRate {
  readonly requestsPerSecond: number;
  readonly latencyMs: number | null;
}

/** The newest requests of one profile, bounded, and how fast they come. */
export interface ActivityStore {
  /** Adds entries, or completes ones that were pending under the same request id. */
  add(entries: readonly ActivityEntry[], nowMs: number): void;
  /** Counts requests that have ended and have no entry, for the rates. */
  count(leftOut: LeftOut, nowMs: number): void;
  /** Oldest first. */
  list(): readonly ActivityEntry[];
  rate(api: string, nowMs: number): ActivityRate;
  /** Whether any request came within the window of `rate`, so that rates are changing. */
  isLively(nowMs: number): boolean;
  clear(): void;
}

interface Second {
  second: number;
  begun: number;
  ended: number;
  totalMs: number;
}

const windowSeconds = 5;

/** Makes a store of at most `maxEntries`; when full, the oldest make room. */
export function createActivityStore(maxEntries = 5_000): ActivityStore {
  const entries = new Map<string, ActivityEntry>();
  const seconds = new Map<string, Second[]>();
  let lastMs = Number.NEGATIVE_INFINITY;

  function secondOf(api: string, nowMs: number): Second {
    const second = Math.floor(nowMs / 1000);
    const known = (seconds.get(api) ?? []).filter((item) => item.second > second - windowSeconds);
    let current = known.at(-1);
    if (current?.second !== second) {
      current = { second, begun: 0, ended: 0, totalMs: 0 };
      known.push(current);
    }
    seconds.set(api, known);
    return current;
  }

  return {
    add(added, nowMs) {
      for (const entry of added) {
        const before = entries.get(entry.requestId);
        const current = secondOf(entry.api, nowMs);
        // What was turned away before it was a request is none.
        if (!before && entry.connections === undefined) current.begun += 1;
        if (entry.durationMs !== null && (before?.durationMs ?? null) === null) {
          current.ended += 1;
          current.totalMs += entry.durationMs;
        }
        entries.set(entry.requestId, entry);
        if (entries.size > maxEntries) {
          const oldest = entries.keys().next();
          if (!oldest.done) entries.delete(oldest.value);
        }
      }
      if (added.length > 0) lastMs = nowMs;
    },
    count(leftOut, nowMs) {
      for (const [api, { count, totalMs }] of Object.entries(leftOut)) {
        const current = secondOf(api, nowMs);
        current.begun += count;
        current.ended += count;
        current.totalMs += totalMs;
        lastMs = nowMs;
      }
    },
    list: () => [...entries.values()],
    rate(api, nowMs) {
      const from = Math.floor(nowMs / 1000) - windowSeconds;
      const recent = (seconds.get(api) ?? []).filter((item) => item.second > from);
      const sum = (key: 'begun' | 'ended' | 'totalMs'): number => recent.reduce((total, item) => total + item[key], 0);
      const ended = sum('ended');
      return {
        requestsPerSecond: sum('begun') / windowSeconds,
        latencyMs: ended === 0 ? null : sum('totalMs') / ended,
      };
    },
    isLively: (nowMs) => nowMs - lastMs < (windowSeconds + 1) * 1000,
    clear() {
      entries.clear();
      seconds.clear();
      lastMs = Number.NEGATIVE_INFINITY;
    },
  };
}
