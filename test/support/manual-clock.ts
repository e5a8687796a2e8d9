import type { Schedule } from '../../relay/identity/schedule.ts';

/** A clock that stands still until a test moves it; what is due then is done at its time, in order. */
export interface ManualClock {
  readonly now: () => number;
  readonly schedule: Schedule;
  /**
   * Moves on by `ms`. After each piece of work it waits until the next one is scheduled, so it is for work that
   * schedules itself again.
   */
  advance(ms: number): Promise<void>;
}

export function createManualClock(startMs: number): ManualClock {
  let nowMs = startMs;
  const due = new Set<{ readonly atMs: number; readonly work: () => void }>();
  let waiting: (() => void)[] = [];
  return {
    now: () => nowMs,
    schedule(work, delayMs) {
      const entry = { atMs: nowMs + delayMs, work };
      due.add(entry);
      for (const resolve of waiting.splice(0)) resolve();
      return () => void due.delete(entry);
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const [first] = [...due].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
        if (first === undefined) break;
        due.delete(first);
        nowMs = Math.max(nowMs, first.atMs);
        const scheduled = new Promise<void>((resolve) => waiting.push(resolve));
        first.work();
        await scheduled;
      }
      waiting = [];
      nowMs = endMs;
    },
  };
}
