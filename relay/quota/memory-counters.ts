import type { Block, Count, CounterStore } from './counter-store.ts';

interface Window {
  startMs: number;
  used: Map<string, number>;
}

/** Counts that others may take in blocks, too. */
export interface MemoryCounters extends CounterStore {
  take(count: Count): number;
  takeBlock(count: Count, wanted: number): Block;
  giveBack(count: Count, requests?: number): void;
  left(count: Count): number;
}

/**
 * Counts in this process alone, without promises and timers: all counts of a limit begin anew at the same moment, so
 * the old ones go as a whole.
 */
export function createMemoryCounters(): MemoryCounters {
  const windows = new Map<string, Window>();

  const usedOf = ({ limitId, every, window }: Count): Map<string, number> => {
    const key = `${limitId} ${every}`;
    let present = windows.get(key);
    if (present === undefined) windows.set(key, (present = { startMs: window.startMs, used: new Map() }));
    // A clock that is set back must not open the window again.
    if (window.startMs > present.startMs) {
      present.startMs = window.startMs;
      present.used = new Map();
    }
    return present.used;
  };

  return {
    take(count) {
      const counts = usedOf(count);
      const used = counts.get(count.caller) ?? 0;
      if (used >= count.most) return -1;
      counts.set(count.caller, used + 1);
      return count.most - used - 1;
    },
    takeBlock(count, wanted) {
      const counts = usedOf(count);
      const used = counts.get(count.caller) ?? 0;
      const granted = Math.max(0, Math.min(wanted, count.most - used));
      if (granted > 0) counts.set(count.caller, used + granted);
      return { granted, left: Math.max(0, count.most - used - granted) };
    },
    giveBack(count, requests = 1) {
      const counts = usedOf(count);
      // What comes late is of a window that has ended: the present one has counted nothing of it.
      if (windows.get(`${count.limitId} ${count.every}`)?.startMs !== count.window.startMs) return;
      const used = counts.get(count.caller) ?? 0;
      if (used > 0) counts.set(count.caller, Math.max(0, used - requests));
    },
    left: (count) => Math.max(0, count.most - (usedOf(count).get(count.caller) ?? 0)),
    close: () => Promise.resolve(),
  };
}
