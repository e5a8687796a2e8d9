import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import type { AuditReader } from '../reports/audit-reader.ts';
import { type Finding, numbered } from './finding.ts';
import { timeOf } from './merge-logs.ts';
import type { LineDetector } from './observe-lines.ts';

const minuteMs = 60_000;
/** Most records of a relay that are read again for what was seen within the minutes of a rule. */
export const mostReadAgain = 200_000;
/** So many fewer are looked at when the place from where is looked for. */
export const readAgainAtOnce = 5000;

/** How long before a record lies what the rules still count, milliseconds; an hour is that of what is new. */
export function lookBackMs({
  denial_burst,
  path_scan,
  two_places,
  refused_sign_ins,
  quiet_minutes,
}: AnomaliesConfig): number {
  const rules = [denial_burst, path_scan, two_places, refused_sign_ins];
  return Math.max(60, quiet_minutes, ...rules.map((rule) => (rule === 'off' ? 0 : rule.minutes))) * minuteMs;
}

/** Of when findings are to be known, so that none is told twice; the last record that was looked at is of `placeMs`. */
export function toldBetween(
  { quiet_minutes }: AnomaliesConfig,
  placeMs: number,
): { readonly sinceMs: number; readonly untilMs: number } {
  const quietMs = quiet_minutes * minuteMs;
  // Later ones are of a clock that was ahead.
  return { sinceMs: placeMs - quietMs, untilMs: placeMs + quietMs };
}

/** Shows a detector records that it, or the one before it, has looked at. */
export interface LookAgain {
  observe(seq: number, payload: string): void;
}

/**
 * Records that are looked at again find nothing, but that they are counted. What they found the first time isn't told again: `told`
 * are the findings that may still be quiet, newest first, also those whose address was taken out.
 */
export function lookAgain(detector: LineDetector, told: readonly Finding[]): LookAgain {
  const ids = new Set(told.map(({ id }) => id));
  for (const finding of told) detector.told(finding);
  return {
    observe(seq, payload) {
      for (const one of detector.observeAgain(payload)) if (ids.has(numbered(one, seq).id)) detector.told(one);
    },
  };
}

/** A place in the audit of a folder, so long before another one that all that the rules still count lies behind it. */
export interface EarlierPlace {
  readonly seq: number;
  /** Time of the first record behind it; infinite when there is none to look at again. */
  readonly fromMs: number;
  /** Time of the record at the other place. */
  readonly placeMs: number;
}

/** Where to begin to look again for what was looked at up to `place`; at most {@link mostReadAgain} records before it. */
export function earlierPlace(reader: AuditReader, place: number, lengthMs: number): EarlierPlace {
  const timeAt = (seq: number): number => timeOf(reader.at(seq)?.payload ?? '');
  const least = Math.max(reader.range().first - 1, place - mostReadAgain);
  const placeMs = timeAt(place);
  let seq = place;
  while (seq > least && timeAt(seq) > placeMs - lengthMs) seq = Math.max(least, seq - readAgainAtOnce);
  return { seq, fromMs: seq < place ? timeAt(seq + 1) : Number.POSITIVE_INFINITY, placeMs };
}
