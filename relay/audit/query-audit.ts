import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AccessError } from '../../shared/errors.ts';
import { auditFiles } from './audit-files.ts';
import type { AuditRecord } from './audit-record.ts';

/** An outcome record: how a request that was decided ended. */
export type AuditOutcome = Extract<AuditRecord, { type: 'outcome' }>;

/** One record with its number in the chain; a decision comes with its outcome once that is known. */
export interface AuditEntry {
  readonly seq: number;
  readonly record: Exclude<AuditRecord, AuditOutcome>;
  readonly outcome: AuditOutcome | null;
}

/** What to list; all given filters must match. `user` is a user name or subject. */
export interface AuditQuery {
  readonly user?: string;
  readonly api?: string;
  readonly effect?: 'allow' | 'deny';
  readonly sinceMs?: number;
  readonly limit: number;
}

/** The audit as a table with a column for each field that is searched for. */
export const auditFields = `(
  SELECT
    seq,
    payload,
    json_extract(payload, '$.timeMs') AS time_ms,
    json_extract(payload, '$.type') AS type,
    json_extract(payload, '$.requestId') AS request_id,
    json_extract(payload, '$.caller.username') AS username,
    json_extract(payload, '$.caller.subject') AS subject,
    json_extract(payload, '$.api') AS api,
    json_extract(payload, '$.effect') AS effect
  FROM audit
)`;

/** Opens the database for reading only. @throws AccessError `bad-input` when the folder holds no audit. */
export function openForReading(dataDir: string): DatabaseSync {
  const { database } = auditFiles(dataDir);
  if (!existsSync(database)) throw new AccessError('bad-input', `There is no audit in ${dataDir}.`);
  return new DatabaseSync(database, { readOnly: true });
}

/** Lists the newest matching records, newest first; works while a relay writes. */
export function queryAudit(dataDir: string, query: AuditQuery): readonly AuditEntry[] {
  const database = openForReading(dataDir);
  try {
    database.exec('BEGIN');
    const conditions = ["type <> 'outcome'"];
    const values: (string | number)[] = [];
    const filter = (condition: string, ...given: (string | number)[]): void => {
      conditions.push(condition);
      values.push(...given);
    };
    if (query.user !== undefined) filter('(username = ? OR subject = ?)', query.user, query.user);
    if (query.api !== undefined) filter('api = ?', query.api);
    if (query.effect !== undefined) filter('effect = ?', query.effect);
    if (query.sinceMs !== undefined) filter('time_ms >= ?', query.sinceMs);
    const found = database
      .prepare(`SELECT seq, payload FROM ${auditFields} WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ?`)
      .all(...values, query.limit)
      .map((row) => ({ seq: Number(row['seq']), record: JSON.parse(String(row['payload'])) as AuditEntry['record'] }));
    const outcomes = findOutcomes(database, found);
    return found.map(({ seq, record }) => ({
      seq,
      record,
      outcome: record.type === 'decision' ? (outcomes.get(record.requestId) ?? null) : null,
    }));
  } finally {
    database.close();
  }
}

/** One pass forward from the oldest decision; it ends as soon as every outcome is found. */
function findOutcomes(
  database: DatabaseSync,
  entries: readonly Omit<AuditEntry, 'outcome'>[],
): ReadonlyMap<string, AuditOutcome> {
  const wanted = new Set<string>();
  let fromSeq = Number.MAX_SAFE_INTEGER;
  for (const { seq, record } of entries) {
    if (record.type !== 'decision') continue;
    wanted.add(record.requestId);
    fromSeq = seq;
  }
  const outcomes = new Map<string, AuditOutcome>();
  if (wanted.size === 0) return outcomes;
  const rows = database
    .prepare(`SELECT request_id, payload FROM ${auditFields} WHERE seq > ? AND type = 'outcome' ORDER BY seq`)
    .iterate(fromSeq);
  for (const row of rows) {
    const requestId = String(row['request_id']);
    if (!wanted.delete(requestId)) continue;
    outcomes.set(requestId, JSON.parse(String(row['payload'])) as AuditOutcome);
    if (wanted.size === 0) break;
  }
  return outcomes;
}
