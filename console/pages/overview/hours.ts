import type { Report } from '../../api/admin-api.ts';

const hourMs = 3_600_000;

/** Requests by hour, with an entry for each hour, also those without any. */
export interface Hours {
  readonly timesMs: readonly number[];
  readonly allowed: readonly number[];
  readonly denied: readonly number[];
}

const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** The hours of a usage report by hour. Pure. */
export function hoursOf({ since, until, rows }: Pick<Report, 'since' | 'until' | 'rows'>): Hours {
  const fromMs = Date.parse(since);
  const length = Math.max(0, Math.round((Date.parse(until) - fromMs) / hourMs));
  const timesMs = Array.from({ length }, (_, index) => fromMs + index * hourMs);
  const byTime = new Map(rows.map((row) => [Date.parse(String(row['name'])), row]));
  const denied = timesMs.map((timeMs) => count(byTime.get(timeMs)?.['denied']));
  const allowed = timesMs.map((timeMs, index) => count(byTime.get(timeMs)?.['requests']) - (denied[index] ?? 0));
  return { timesMs, allowed, denied };
}
