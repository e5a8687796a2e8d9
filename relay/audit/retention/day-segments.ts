/** Milliseconds of a day; days are those of UTC, counted since 1970. */
export const dayMs = 86_400_000;
/** A clock that is put back by less goes on in the segment that it is in. */
const slackMs = 3_600_000;

/** Records of one day: from `firstSeq` to the next segment's. */
export interface DaySegment {
  readonly firstSeq: number;
  readonly day: number;
}

/** Day of the segment that a record belongs to, written now after those of `newest`. */
export function segmentDay(newest: DaySegment | undefined, nowMs: number): number {
  const today = Math.floor(nowMs / dayMs);
  return newest?.day === today + 1 && newest.day * dayMs - nowMs < slackMs ? newest.day : today;
}

/**
 * How many records may go so that `keepDays` days stay, whole segments from the oldest on; never the newest one. A clock
 * that is wrong for less than two days takes nothing away that is to stay: a segment is as old as the oldest one behind it
 * says, and days that follow a gap count only when a third one follows them.
 */
export function recordsToCut(segments: readonly DaySegment[], nowMs: number, keepDays: number): number {
  const days = segments.map(({ day }) => day);
  for (let at = days.length - 2; at >= 0; at -= 1) days[at] = Math.min(days[at] ?? 0, days[at + 1] ?? 0);
  const newest = days.length - 1;
  const isBehindGap = (at: number): boolean => at > 0 && (days[at] ?? 0) - (days[at - 1] ?? 0) > 1;
  const settled = isBehindGap(newest - 1) ? newest - 2 : isBehindGap(newest) ? newest - 1 : newest;
  const today = Math.min(Math.floor(nowMs / dayMs), days[settled] ?? 0);
  let kept = 0;
  while (kept < newest && (days[kept] ?? 0) <= today - keepDays) kept += 1;
  return (segments[kept]?.firstSeq ?? 1) - 1;
}
