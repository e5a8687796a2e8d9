import type { ActivityEntry } from '../../shared/activity.ts';

/** Requests of one API within one second; `second` counts from the epoch. */
export interface TrafficBar {
  readonly second: number;
  readonly requests: number;
  readonly denied: number;
}

/** One bar a second over the last `seconds`, oldest first, ending with the second of `nowMs`. */
export function trafficBars(log: readonly ActivityEntry[], api: string, nowMs: number, seconds: number): TrafficBar[] {
  const end = Math.floor(nowMs / 1000);
  const bars = Array.from({ length: seconds }, (_, index) => ({
    second: end - seconds + 1 + index,
    requests: 0,
    denied: 0,
  }));
  for (const entry of log) {
    if (entry.api !== api || entry.connections !== undefined) continue;
    const bar = bars[Math.floor(entry.timeMs / 1000) - (end - seconds + 1)];
    if (bar === undefined) continue;
    bar.requests += 1;
    if (entry.decision === 'deny') bar.denied += 1;
  }
  return bars;
}
