import { AccessError } from './errors.ts';

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const isoTime = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Milliseconds since the epoch of a date or time of ISO 8601, in UTC where it names no zone.
 * @throws AccessError `bad-input`
 */
export function timeOf(text: string): number {
  const timeMs = readTime(text);
  if (timeMs !== null) return timeMs;
  throw new AccessError('bad-input', `“${text}” isn’t a time. Write it like 2026-01-31, or 2026-01-31T08:00:00Z.`);
}

/** The same, or of so long ago: `24h`, `7d`. @throws AccessError `bad-input` */
export function momentOf(text: string, nowMs: number): number {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * unitsMs[ago[2] as keyof typeof unitsMs];
  const timeMs = readTime(text);
  if (timeMs !== null) return timeMs;
  throw new AccessError(
    'bad-input',
    `“${text}” isn’t a time. Write it like 2026-01-31, 2026-01-31T08:00:00Z, or 24h or 7d for so long ago.`,
  );
}

function readTime(text: string): number | null {
  const iso = isoTime.exec(text);
  if (iso === null) return null;
  const [, day = '', zone] = iso;
  const timeMs = Date.parse(text.includes('T') && zone === undefined ? `${text}Z` : text);
  // A 30 February would be taken for 2 March.
  const isDay = !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
  return isDay && !Number.isNaN(timeMs) ? timeMs : null;
}
