import type { CatalogEntry, Quota } from '../../shared/catalog.ts';
import { text } from '../../shared/messages/text.ts';

/** One limit on requests as it stands now. */
export interface LimitView {
  readonly name: string;
  /** For example “1,000 requests a day”. */
  readonly words: string;
  readonly limit: number;
  readonly left: number;
  /** `pace`: a window too short to watch what is left of it. */
  readonly type: 'pace' | 'quota';
  readonly tone: 'ok' | 'warning' | 'bad';
  /** When the count starts anew; null while nothing of it is used. */
  readonly resetsAtMs: number | null;
}

const shortSeconds = 60;

/** Below this part of a limit, little is left. */
export const fewShare = 0.1;

/** The limits as of now: a window that has ended since the relay told is full again. */
export function limitViews(quotas: readonly Quota[], nowMs: number): LimitView[] {
  return quotas.map((quota) => {
    const { name, limit, windowSeconds, resetsAtMs } = quota;
    const left = leftNow(quota, nowMs);
    return {
      name,
      words: limitWords(limit, windowSeconds),
      limit,
      left,
      type: windowSeconds < shortSeconds ? 'pace' : 'quota',
      tone: left === 0 ? 'bad' : left <= limit * fewShare ? 'warning' : 'ok',
      resetsAtMs: left === limit ? null : resetsAtMs,
    };
  });
}

/** The used-up limit that lasts longest, or null while requests pass. Paces don't count: they are over in a minute. */
export function usedUpLimit(api: Pick<CatalogEntry, 'quotas'>, nowMs: number): Quota | null {
  const used = (api.quotas ?? []).filter((quota) => quota.windowSeconds > shortSeconds && leftNow(quota, nowMs) === 0);
  return used.toSorted((one, other) => other.resetsAtMs - one.resetsAtMs)[0] ?? null;
}

/** When the next window of an API's limits ends, or null when none is running. */
export function nextResetMs(quotas: readonly Quota[], nowMs: number): number | null {
  const ends = quotas.filter(({ windowSeconds }) => windowSeconds >= shortSeconds).map(({ resetsAtMs }) => resetsAtMs);
  const coming = ends.filter((end) => end > nowMs);
  return coming.length === 0 ? null : Math.min(...coming);
}

function leftNow({ limit, left, resetsAtMs }: Quota, nowMs: number): number {
  return nowMs >= resetsAtMs ? limit : Math.min(left, limit);
}

const units = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

function limitWords(limit: number, seconds: number): string {
  const days = seconds / 86_400;
  if (days >= 28 && days <= 31) return text('limits.per.month', { limit });
  const [size, unit] = units.find(([length]) => seconds % length === 0) ?? [1, 'second'];
  const count = seconds / size;
  return count > 1 ? text(`limits.per.${unit}s`, { limit, count }) : text(`limits.per.${unit}`, { limit });
}
