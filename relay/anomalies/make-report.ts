import type { Config } from '../config/config-schema.ts';
import type { ReportQuery, UsageKey } from '../reports/report.ts';
import { type Report, runReport } from '../reports/run-report.ts';
import type { UsageStore } from '../reports/usage-store.ts';
import { anomaliesReport } from './anomalies-report.ts';

/**
 * Any report, by its name; `key` is what `usage` is counted by.
 * @throws AccessError `bad-input` when the folder holds no audit, or a filter names what nobody knows.
 */
export function makeReport(
  config: Config,
  usage: UsageStore,
  name: Report['report'],
  query: ReportQuery,
  key?: UsageKey,
): Promise<Report> {
  return name === 'anomalies' ? anomaliesReport(config, usage, query) : runReport(config, usage, name, query, key);
}
