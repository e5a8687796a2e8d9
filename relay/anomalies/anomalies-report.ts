import type { Config } from '../config/config-schema.ts';
import { hourStartMs } from '../reports/count-records.ts';
import type { SharedCountsPlace } from '../reports/open-counts.ts';
import { openUsage } from '../reports/open-usage.ts';
import type { ReportQuery, ReportRow } from '../reports/report.ts';
import { refuseUnknown } from '../reports/refuse-unknown.ts';
import { bounds, countNews, type Report } from '../reports/run-report.ts';
import type { UsageStore } from '../reports/usage-store.ts';
import type { Finding } from './finding.ts';

/** Where findings are. */
export interface AnomaliesPlace {
  readonly usage: UsageStore;
  /** Null for the data folder. */
  readonly shared: SharedCountsPlace | null;
}

/**
 * What was found in a period, newest first. The relay, or one of those that share a storage, looks for it while it runs;
 * `countedUpTo` is how far it is in the audit of this relay.
 * @throws AccessError `bad-input` when the folder holds no audit, or a filter names what nobody knows.
 */
export async function anomaliesReport(
  config: Config,
  { usage, shared }: AnomaliesPlace,
  query: ReportQuery,
): Promise<Report> {
  const dataDir = config.relay.data;
  // Names are checked against the counts.
  await countNews(dataDir, usage);
  await refuseUnknown(usage, config, query);
  const { period, api: only, user } = query;
  const isWanted = ({ api, person }: Finding): boolean =>
    (only === undefined || api === only) &&
    (user === undefined || user === person?.username || user === person?.subject);
  const [sinceMs, untilMs] = [hourStartMs(period.fromHour), hourStartMs(period.toHour)];
  const { findings, ...looked } =
    shared === null ? foundInFolder(dataDir, sinceMs, untilMs) : await foundInStorage(shared, sinceMs, untilMs);
  const rows = findings.filter(isWanted).map(rowOf);
  return { report: 'anomalies', ...bounds(period), before: null, ...looked, missed: 0, rows };
}

type Looked = Pick<Report, 'relays' | 'countedUpTo'> & { readonly findings: readonly Finding[] };

function foundInFolder(dataDir: string, sinceMs: number, untilMs: number): Looked {
  const database = openUsage(dataDir);
  try {
    const findings = database
      .prepare('SELECT record FROM finding WHERE time_ms >= ? AND time_ms < ? ORDER BY time_ms DESC')
      .all(sinceMs, untilMs)
      .map((row) => JSON.parse(String(row['record'])) as Finding);
    const watched = database.prepare('SELECT seq FROM watched').get();
    return { relays: 1, countedUpTo: Number(watched?.['seq'] ?? 0), findings };
  } finally {
    database.close();
  }
}

async function foundInStorage(
  { postgres, relay }: SharedCountsPlace,
  sinceMs: number,
  untilMs: number,
): Promise<Looked> {
  // Only where it is needed: loading it takes as long as all the rest.
  const { readSharedFindings } = await import('./read-shared-findings.ts');
  const { places, findings } = await readSharedFindings(postgres, sinceMs, untilMs);
  return { relays: places.size, countedUpTo: places.get(relay) ?? 0, findings };
}

function rowOf({ timeMs, rule, person, api, remoteAddress, device, sessionId, detail, id }: Finding): ReportRow {
  const time = new Date(timeMs).toISOString();
  return { time, rule, person: person?.username ?? null, api, remoteAddress, detail, device, sessionId, id };
}
