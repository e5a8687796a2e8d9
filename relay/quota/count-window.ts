import type { RequestLimitConfig } from '../config/config-schema.ts';

/** One window of a limit; times in milliseconds since the epoch. */
export interface CountWindow {
  readonly startMs: number;
  readonly endMs: number;
}

const fixedMs = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** The clock's second, minute, hour, day or month in UTC that holds a moment. The same on every relay. */
export function windowAt(every: RequestLimitConfig['every'], timeMs: number): CountWindow {
  if (every !== 'month') {
    const startMs = Math.floor(timeMs / fixedMs[every]) * fixedMs[every];
    return { startMs, endMs: startMs + fixedMs[every] };
  }
  const date = new Date(timeMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
}
