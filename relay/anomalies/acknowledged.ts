import { randomBytes } from 'node:crypto';
import { AccessError } from '../../shared/errors.ts';
import type { AdministratorRecord } from '../acts/act-table.ts';
import { readReason } from '../acts/operator.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { AuditSource } from '../audit/reading/audit-source.ts';
import { openAuditSource } from '../audit/shared/open-source.ts';
import type { CountsPlace } from '../reports/open-counts.ts';
import type { Report } from '../reports/run-report.ts';
import type { Finding } from './finding.ts';

/** Who has looked at a finding, when, and what came of it. */
export interface Acknowledgement {
  readonly by: string;
  readonly note: string;
  readonly atMs: number;
}

/** A finding with what became of it. */
export interface ListedFinding extends Omit<Finding, 'type'> {
  /** Where relays share a storage: which of them found it. */
  readonly relay?: string;
  /** Null while nobody has acknowledged it. */
  readonly acknowledged: Acknowledgement | null;
}

/** Which findings; all that is given must fit. */
export interface FindingQuery {
  readonly sinceMs?: number;
  readonly user?: string;
  readonly api?: string;
  readonly rule?: string;
  readonly acknowledged?: boolean;
  readonly cursor?: string | number;
  readonly limit: number;
}

/** A page, newest first; `next` is null at the end. */
export interface FindingPage {
  readonly findings: readonly ListedFinding[];
  readonly next: string | number | null;
}

/**
 * Findings as the audit has them, of all relays where they share a storage, each once. An acknowledgement is a record of the
 * audit, too: it lasts as long as the finding that it is of.
 * @throws AccessError as the audit does
 */
export async function pageOfFindings(place: CountsPlace, query: FindingQuery): Promise<FindingPage> {
  return withSource(place, { findings: [], next: null }, async (source) => {
    const { limit, sinceMs, user, api, rule, cursor } = query;
    const acknowledged = await acknowledgementsOf(source, sinceMs);
    const filters = {
      type: 'anomaly',
      ...(sinceMs === undefined ? {} : { sinceMs }),
      ...(user === undefined ? {} : { user }),
      ...(api === undefined ? {} : { api }),
    };
    const findings: ListedFinding[] = [];
    const seen = new Set<string>();
    let last: FindingPage['next'] = null;
    for await (const { record, relay, cursor: next } of source.newestFirst(filters, cursor)) {
      if (record.type !== 'anomaly' || seen.has(record.id) || (rule !== undefined && record.rule !== rule)) continue;
      const found = acknowledged.get(record.id) ?? null;
      if (query.acknowledged !== undefined && query.acknowledged !== (found !== null)) continue;
      if (findings.length === limit) return { findings, next: last };
      seen.add(record.id);
      const { type: _type, ...finding } = record;
      findings.push({ ...finding, ...(relay === undefined ? {} : { relay }), acknowledged: found });
      last = next;
    }
    return { findings, next: null };
  });
}

/** The finding of this id, with what became of it; null for none. */
export async function findFinding(place: CountsPlace, id: string): Promise<ListedFinding | null> {
  return withSource(place, null, async (source) => {
    for await (const { record, relay } of source.newestFirst({ type: 'anomaly' })) {
      if (record.type !== 'anomaly' || record.id !== id) continue;
      const { type: _type, ...finding } = record;
      const acknowledged = (await acknowledgementsOf(source, record.timeMs)).get(id) ?? null;
      return { ...finding, ...(relay === undefined ? {} : { relay }), acknowledged };
    }
    return null;
  });
}

/**
 * Acknowledges a finding: the record is durable when this resolves.
 * @throws AccessError `bad-input` for one that somebody has acknowledged before, or without a note; `audit-unavailable`
 */
export async function acknowledge(
  audit: AuditLog,
  finding: ListedFinding,
  by: Pick<Acknowledgement, 'by' | 'note'>,
  nowMs: number,
): Promise<ListedFinding> {
  const note = readReason(by.note);
  const { acknowledged: before, id, person } = finding;
  if (before !== null)
    throw new AccessError(
      'bad-input',
      `${before.by} has acknowledged this finding at ${new Date(before.atMs).toISOString()}: ${before.note}`,
    );
  const record: AdministratorRecord = {
    type: 'administrator',
    timeMs: nowMs,
    id: randomBytes(9).toString('base64url'),
    act: 'anomaly-acknowledged',
    operator: { user: by.by, sudoUser: null },
    reason: note,
    person,
    finding: id,
  };
  const failure = await new Promise<Error | null>((done) => audit.append(record, done));
  if (failure !== null) throw failure;
  return { ...finding, acknowledged: { by: by.by, note, atMs: nowMs } };
}

/** The report of findings with who has acknowledged which; any other report as it is. */
export async function withAcknowledgements(report: Report, place: CountsPlace): Promise<Report> {
  if (report.report !== 'anomalies' || report.rows.length === 0) return report;
  const known = await withSource(place, new Map<string, Acknowledgement>(), (source) =>
    acknowledgementsOf(source, Date.parse(report.since)),
  );
  const rows = report.rows.map((row) => {
    const found = known.get(String(row['id']));
    const said = found === undefined ? null : `${found.by}, ${new Date(found.atMs).toISOString()}: ${found.note}`;
    return { ...row, acknowledged: said };
  });
  return { ...report, rows };
}

/** The first of each finding. */
async function acknowledgementsOf(
  source: AuditSource,
  sinceMs: number | undefined,
): Promise<ReadonlyMap<string, Acknowledgement>> {
  const known = new Map<string, Acknowledgement>();
  const filters = { type: 'administrator', ...(sinceMs === undefined ? {} : { sinceMs }) };
  for await (const { record } of source.newestFirst(filters)) {
    if (record.type !== 'administrator' || record.finding === undefined) continue;
    known.set(record.finding, { by: record.operator.user, note: record.reason, atMs: record.timeMs });
  }
  return known;
}

async function withSource<Result>(
  { dataDir, shared }: CountsPlace,
  otherwise: Result,
  work: (source: AuditSource) => Promise<Result>,
): Promise<Result> {
  let source: AuditSource;
  try {
    source = await openAuditSource({ dataDir, ...(shared === null ? {} : { shared: { storage: shared.postgres } }) });
  } catch (error) {
    // Nothing was recorded yet.
    if (error instanceof AccessError && error.code === 'bad-input') return otherwise;
    throw error;
  }
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}
