import { existsSync } from 'node:fs';
import { auditFiles } from '../audit/audit-files.ts';
import type { Config } from '../config/config-schema.ts';
import { hourStartMs } from './count-records.ts';
import { denialsReport } from './denials-report.ts';
import { catchUp } from './follow-audit.ts';
import { mayOnlyRead } from './open-usage.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import {
  periodBefore,
  type Period,
  type ReportName,
  type ReportQuery,
  type ReportRow,
  type UsageKey,
} from './report.ts';
import { unusedReport } from './unused-report.ts';
import { usageReport } from './usage-report.ts';
import type { UsageStore } from './usage-store.ts';

/** A finished report. Times are ISO 8601. */
export interface Report {
  readonly report: ReportName | 'anomalies';
  readonly since: string;
  readonly until: string;
  /** Null where nothing is compared. */
  readonly before: { readonly since: string; readonly until: string } | null;
  /** How many relays' audits are counted. */
  readonly relays: number;
  /** The last record of this relay's audit that is counted, or looked at; 0 where it has none. */
  readonly countedUpTo: number;
  /** Records that had gone from the audit before they were counted. */
  readonly missed: number;
  readonly rows: readonly ReportRow[];
}

/**
 * Counts what is new in the audit of the folder, then answers from the counts.
 * @throws AccessError `bad-input` when there is nothing to count, or a filter names what nobody knows.
 */
export async function runReport(
  config: Config,
  usage: UsageStore,
  name: ReportName,
  query: ReportQuery,
  key: UsageKey = 'api',
): Promise<Report> {
  const counted = await countNews(config.relay.data, usage);
  await refuseUnknown(usage, config, query);
  const rowsOf = (): Promise<readonly ReportRow[]> => {
    switch (name) {
      case 'usage':
        return usageReport(usage, query, key);
      case 'people':
        return usageReport(usage, query, 'person');
      case 'groups':
        return usageReport(usage, query, 'group');
      case 'denials':
        return denialsReport(usage, query, config);
      case 'unused':
        return unusedReport(usage, query, config);
    }
  };
  const { period } = query;
  return {
    report: name,
    ...bounds(period),
    before: bounds(periodBefore(period)),
    ...counted,
    rows: await rowsOf(),
  };
}

/**
 * Counts what is new in the audit of the folder; of other relays', what they have counted themselves is there. How far
 * that is, and how many records of all were missed.
 * @throws AccessError `bad-input` when neither the folder nor another relay has an audit
 */
export async function countNews(
  dataDir: string,
  usage: UsageStore,
): Promise<Pick<Report, 'relays' | 'countedUpTo' | 'missed'>> {
  const counted = await usage.allCounted();
  const others = [...counted.keys()].filter((relay) => relay !== '');
  const asItIs = others.length === 0 && mayOnlyRead(dataDir) ? counted.get('') : undefined;
  const here =
    asItIs ?? (existsSync(auditFiles(dataDir).database) || others.length === 0 ? await catchUp(dataDir, usage) : null);
  const all = [...(await usage.allCounted()).values()];
  return {
    relays: all.length,
    countedUpTo: here?.seq ?? 0,
    missed: all.reduce((sum, { missed }) => sum + missed, 0),
  };
}

/** Beginning and end of a period, ISO 8601. */
export function bounds({ fromHour, toHour }: Period): { readonly since: string; readonly until: string } {
  const text = (hour: number): string => new Date(hourStartMs(hour)).toISOString();
  return { since: text(fromHour), until: text(toHour) };
}
