import type { Config } from '../config/config-schema.ts';
import { hourStartMs } from '../reports/count-records.ts';
import { openUsage } from '../reports/open-usage.ts';
import type { ReportQuery, ReportRow } from '../reports/report.ts';
import { refuseUnknown } from '../reports/refuse-unknown.ts';
import { bounds, countNews, type Report } from '../reports/run-report.ts';
import type { UsageStore } from '../reports/usage-store.ts';
import type { Finding } from './finding.ts';

/**
 * What was found in a period, newest first. The relay looks for it while it runs; `countedUpTo` is how far it is.
 * @throws AccessError `bad-input` when the folder holds no audit, or a filter names what nobody knows.
 */
export async function anomaliesReport(config: Config, usage: UsageStore, query: ReportQuery): Promise<Report> {
  const dataDir = config.relay.data;
  // Names are checked against the counts.
  await countNews(dataDir, usage);
  await refuseUnknown(usage, config, query);
  const database = openUsage(dataDir);
  try {
    const { period, api: only, user } = query;
    const isWanted = ({ api, person }: Finding): boolean =>
      (only === undefined || api === only) &&
      (user === undefined || user === person?.username || user === person?.subject);
    const rows = database
      .prepare('SELECT record FROM finding WHERE time_ms >= ? AND time_ms < ? ORDER BY time_ms DESC')
      .all(hourStartMs(period.fromHour), hourStartMs(period.toHour))
      .map((row) => JSON.parse(String(row['record'])) as Finding)
      .filter(isWanted)
      .map(rowOf);
    const watched = database.prepare('SELECT seq FROM watched').get();
    return {
      report: 'anomalies',
      ...bounds(period),
      before: null,
      relays: 1,
      countedUpTo: Number(watched?.['seq'] ?? 0),
      missed: 0,
      rows,
    };
  } finally {
    database.close();
  }
}

function rowOf({ timeMs, rule, person, api, remoteAddress, device, sessionId, detail, id }: Finding): ReportRow {
  const time = new Date(timeMs).toISOString();
  return { time, rule, person: person?.username ?? null, api, remoteAddress, detail, device, sessionId, id };
}
