import type { Config } from '../config/config-schema.ts';
import type { ReportQuery, UsageKey } from '../reports/report.ts';
import { type Report, runReport } from '../reports/run-report.ts';
import { anomaliesReport, type AnomaliesPlace } from './anomalies-report.ts';

/**
 * Any report, by its name; `key` is what the counts are asked by.
 * @throws AccessError `bad-input` when the folder holds no audit, or a filter names what nobody knows.
 */
export function makeReport(
  config: Config,
  place: AnomaliesPlace,
  name: Report['report'],
  query: ReportQuery,
  key?: UsageKey,
): Promise<Report> {
  return name === 'anomalies'
    ? anomaliesReport(config, place, query)
    : runReport(config, place.usage, name, query, key);
}
