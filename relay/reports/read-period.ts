import { AccessError } from '../../shared/errors.ts';
import { momentOf } from '../../shared/moment.ts';
import { hourOf } from './count-records.ts';
import type { Period } from './report.ts';

const weekHours = 168;

/**
 * The period between two times as they are typed, or stand in an address; now, and a week before the end, when left out.
 * Whole hours: the beginning is rounded down, the end up. @throws AccessError `bad-input`
 */
export function readPeriod(given: { readonly since?: string; readonly until?: string }, nowMs: number): Period {
  const { since, until } = given;
  const untilMs = until === undefined ? nowMs : momentOf(until, nowMs);
  const toHour = hourOf(untilMs - 1) + 1;
  const fromHour = since === undefined ? toHour - weekHours : hourOf(momentOf(since, nowMs));
  if (fromHour < toHour) return { fromHour, toHour };
  throw new AccessError('bad-input', `The period is empty: “since” ${since ?? ''} isn’t before its end.`);
}
