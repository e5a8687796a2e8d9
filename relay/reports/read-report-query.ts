import { AccessError } from '../../shared/errors.ts';
import { momentOf } from '../../shared/moment.ts';
import { hourOf } from './count-records.ts';
import type { Period, ReportQuery } from './report.ts';

const weekHours = 168;

/** What a report is to count, as it is typed, or stands in an address. */
export interface ReportTexts {
  readonly since?: string;
  readonly until?: string;
  readonly api?: string;
  readonly user?: string;
  readonly group?: string;
}

/** Reads what a report is to count. @throws AccessError `bad-input` for times that can't be meant */
export function readReportQuery(given: ReportTexts, nowMs: number): ReportQuery {
  const { api, user, group } = given;
  return {
    period: periodOf(given, nowMs),
    ...(api === undefined ? {} : { api }),
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
  };
}

/**
 * Now, and a week before the end, where a time is left out. Whole hours: the beginning is rounded down, the end up.
 */
function periodOf({ since, until }: ReportTexts, nowMs: number): Period {
  const untilMs = until === undefined ? nowMs : momentOf(until, nowMs);
  const toHour = hourOf(untilMs - 1) + 1;
  const fromHour = since === undefined ? toHour - weekHours : hourOf(momentOf(since, nowMs));
  if (fromHour < toHour) return { fromHour, toHour };
  throw new AccessError('bad-input', `The period is empty: “since” ${since ?? ''} isn’t before its end.`);
}
