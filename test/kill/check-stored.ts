import { setTimeout as pause } from 'node:timers/promises';
import { openForReading, recordsBetween } from '../../relay/audit/open-audit.ts';
import type { AuditRecord } from '../../relay/audit/audit-record.ts';
import { knownLogs } from '../../relay/audit/shared/stored-records.ts';
import { verifyShared } from '../../relay/audit/shared/verify-shared.ts';
import type { AuditVerdict, VerifyOptions } from '../../relay/audit/verify-audit.ts';
import { openPostgresClient, type PostgresClient, type Sql } from '../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../relay/storage/postgres/postgres-settings.ts';
import type { Kept } from './check-kept.ts';

/** What must be in PostgreSQL when all kills are over. */
export interface ToBeStored {
  /** Paths of requests that were answered, each of which was sent once. */
  readonly answered: readonly string[];
  /** Paths of writes that reached the API. */
  readonly written: readonly string[];
  /** The relay's folder, where it is what answers wait for. */
  readonly dataDir: string | null;
}

/** Verifies what PostgreSQL has of a relay, from where it was verified before. */
export function verifyStored(storage: PostgresSettings, relay: string, options: VerifyOptions): Promise<AuditVerdict> {
  return withSql(storage, (sql) => verdictOf(sql, relay, options));
}

/** Looks whether PostgreSQL has each record once, and all that anybody was told of. */
export function checkStored(
  storage: PostgresSettings,
  relay: string,
  { answered, written, dataDir }: ToBeStored,
): Promise<readonly Kept[]> {
  return withSql(storage, async (sql) => {
    const { rows } = await sql.query('SELECT seq, payload FROM audit_record WHERE relay = $1 ORDER BY seq', [relay]);
    const records = rows.map((row) => ({ seq: Number(row['seq']), payload: String(row['payload']) }));
    const decided = new Map<string, number>();
    for (const { payload } of records) {
      const record = JSON.parse(payload) as AuditRecord;
      if (record.type === 'decision') decided.set(record.path, (decided.get(record.path) ?? 0) + 1);
    }
    const misplaced = records.filter(({ seq }, index) => seq !== index + 1).map(({ seq }) => `record ${seq}`);
    const verdict = await verdictOf(sql, relay);
    const verified = verdict.status === 'ok' ? [] : [verdict.reason];
    return [
      { what: 'answered requests have their record', ...missing(answered, decided) },
      { what: 'writes that reached the API were recorded', ...missing(written, decided) },
      { what: 'PostgreSQL has each record once, without a gap', count: records.length, wrong: misplaced },
      { what: 'records in PostgreSQL verify', count: records.length, wrong: verified },
      ...(dataDir === null
        ? []
        : [
            {
              what: 'records are those of the relay’s folder',
              count: records.length,
              wrong: differing(dataDir, records),
            },
          ]),
    ];
  });
}

async function withSql<Result>(storage: PostgresSettings, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const sql = await patiently(storage);
  try {
    return await work(sql);
  } finally {
    await sql.close();
  }
}

/** A machine with much else to do takes longer to connect than a relay would wait. */
async function patiently(storage: PostgresSettings, tries = 30): Promise<PostgresClient> {
  try {
    return await openPostgresClient(storage, { migrations: [] });
  } catch (error) {
    if (tries === 0) throw error;
    await pause(500);
    return patiently(storage, tries - 1);
  }
}

async function verdictOf(sql: Sql, relay: string, options: VerifyOptions = {}): Promise<AuditVerdict> {
  const [log] = await knownLogs(sql, relay);
  if (log === undefined) throw new Error(`PostgreSQL has nothing of the relay ${relay}.`);
  return verifyShared(sql, log, options);
}

function missing(known: readonly string[], there: ReadonlyMap<string, number>): Omit<Kept, 'what'> {
  return { count: known.length, wrong: known.filter((name) => !there.has(name)) };
}

function differing(dataDir: string, stored: readonly { readonly seq: number; readonly payload: string }[]): string[] {
  const database = openForReading(dataDir);
  try {
    const own = [...recordsBetween(database, 1, Number.MAX_SAFE_INTEGER)];
    const wrong = own
      .filter(({ seq, payload }) => stored[seq - 1]?.payload !== payload)
      .map(({ seq }) => `record ${seq}`);
    return own.length === stored.length ? wrong : [...wrong, `${own.length} records there, ${stored.length} here`];
  } finally {
    database.close();
  }
}
