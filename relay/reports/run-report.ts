import type { Config } from '../config/config-schema.ts';
import { hourStartMs } from './count-records.ts';
import { denialsReport } from './denials-report.ts';
import { catchUp } from './follow-audit.ts';
import { openUsage } from './open-usage.ts';
import {
  periodBefore,
  type Period,
  type ReportName,
  type ReportQuery,
  type ReportRow,
  type UsageKey,
} from './report.ts';
import { unusedReport } from './unused-report.ts';
import { usageQuery } from './usage-query.ts';
import { usageReport } from './usage-report.ts';

/** A finished report. Times are ISO 8601. */
export interface Report {
  readonly report: ReportName | 'anomalies';
  readonly since: string;
  readonly until: string;
  /** Null where nothing is compared. */
  readonly before: { readonly since: string; readonly until: string } | null;
  /** The last record of the audit that is counted, or looked at. */
  readonly countedUpTo: number;
  /** Records that had gone from the audit before they were counted. */
  readonly missed: number;
  readonly rows: readonly ReportRow[];
}

/**
 * Counts what is new in the audit, then answers from the counts.
 * @throws AccessError `bad-input` when the folder holds no audit, or a filter names what nobody knows.
 */
export function runReport(config: Config, name: ReportName, query: ReportQuery, key: UsageKey = 'api'): Report {
  const dataDir = config.relay.data;
  const { seq, missed } = catchUp(dataDir);
  const database = openUsage(dataDir);
  try {
    const narrowed = usageQuery(database, config, query);
    const rowsOf = (): readonly ReportRow[] => {
      switch (name) {
        case 'usage':
          return usageReport(database, narrowed, query, key);
        case 'people':
          return usageReport(database, narrowed, query, 'person');
        case 'groups':
          return usageReport(database, narrowed, query, 'group');
        case 'denials':
          return denialsReport(database, narrowed, query, config);
        case 'unused':
          return unusedReport(database, query, config);
      }
    };
    const { period } = query;
    return {
      report: name,
      ...bounds(period),
      before: bounds(periodBefore(period)),
      countedUpTo: seq,
      missed,
      rows: rowsOf(),
    };
  } finally {
    database.close();
  }
}

/** Beginning and end of a period, ISO 8601. */
export function bounds({ fromHour, toHour }: Period): { readonly since: string; readonly until: string } {
  const text = (hour: number): string => new Date(hourStartMs(hour)).toISOString();
  return { since: text(fromHour), until: text(toHour) };
}
