import { setTimeout as sleep } from 'node:timers/promises';
import { sql as kyselySql } from 'kysely';
import { pino } from 'pino';
import { actMigrations, addActs, openPostgresActs } from '../acts/postgres-acts.ts';
import { anomalyMigrations } from '../anomalies/shared-tables.ts';
import { untilTaken } from '../acts/until-taken.ts';
import { keyMigrations, keysLock } from '../audit/keys/shared-key-tables.ts';
import { createIndexKeeper } from '../audit/shared/keep-index.ts';
import { openSharedSource } from '../audit/shared/shared-source.ts';
import { knownLogs } from '../audit/shared/stored-records.ts';
import { auditTables } from '../audit/shared/tables.ts';
import { grantMigrations } from '../grants/postgres-grant-store.ts';
import { revocationMigrations } from '../identity/postgres-revocations.ts';
import { usageMigrations } from '../reports/postgres-usage-tables.ts';
import { lockMigrations } from '../sessions/postgres-locks.ts';
import { sessionMigrations } from '../sessions/postgres-session-store.ts';
import { changeMigrations } from '../storage/changes.ts';
import { connectPostgres, type PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { openPostgresClient, type Sql } from '../storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { eraseFromStorage, inForceInStorage, namesOfOthers } from './erase-from-storage.ts';
import { type Erasure, type ErasureResult, erasureRecord, personToErase, refuseInUse } from './erase-person.ts';
import type { PersonToErase } from './erased-person.ts';
import type { KeyHolder } from './key-eraser.ts';

const migrations = [
  changeMigrations,
  actMigrations,
  grantMigrations,
  revocationMigrations,
  lockMigrations,
  sessionMigrations,
  usageMigrations,
  anomalyMigrations,
  keyMigrations,
];
/** So long the command waits for the relays to take the person out of their folders. */
const longestWaitMs = 10_000;
const lookEveryMs = 100;

/**
 * Throws a person’s keys away for all relays that share a storage, and takes the person out of all else that they keep: what
 * is in PostgreSQL at once, what is in a relay’s folder as soon as that relay runs.
 * @throws AccessError as `erasePerson` does, and `shared-state-unavailable`
 */
export async function eraseSharedPerson(
  asked: Omit<Erasure, 'dataDir'>,
  storage: PostgresSettings,
  waitMs = longestWaitMs,
): Promise<ErasureResult> {
  const connection = connectPostgres(storage, pino({ level: 'silent' }), { migrations, maxConnections: 2 });
  try {
    await connection.untilReady();
    // One of its own, for what has no bound to its time.
    const sql = await openPostgresClient(storage, { migrations: [auditTables] });
    try {
      return await erase(asked, { connection, sql, storage, waitMs });
    } finally {
      await sql.close();
    }
  } finally {
    await connection.close();
  }
}

interface Places {
  readonly connection: PostgresConnection;
  readonly sql: Sql;
  readonly storage: PostgresSettings;
  readonly waitMs: number;
}

async function erase(
  asked: Omit<Erasure, 'dataDir'>,
  { connection, sql, storage, waitMs }: Places,
): Promise<ErasureResult> {
  const people = await holdersOf(sql, asked.who, asked.issuer);
  if (people.length > 1) return { status: 'ambiguous', people };
  const { person: found, ids } = personToErase(asked, people[0]);
  const others = await namesOfOthers(sql, found);
  const person = { ...found, ownNames: found.names.filter((name) => !others.has(name)) };
  const nowMs = Date.now();
  const inForce = await inForceInStorage(sql, person, nowMs);
  refuseInUse({ reason: asked.reason, names: person.names, ...inForce });
  const act = erasureRecord(asked, person.alias, nowMs);
  const number = await throwAway(connection, { person, ids, hadKey: people.length > 0, act });
  const first = await eraseFromStorage(sql, person, nowMs);
  const waitingRelays = await untilForgotten(sql, number, waitMs);
  // A relay may have written counts in between that it had read before; who came back meanwhile keeps what is new.
  const second = await eraseFromStorage(sql, person, nowMs, nowMs);
  for (const { relay } of await knownLogs(sql)) {
    const index = createIndexKeeper(sql, relay);
    while (await index.renew());
  }
  return {
    status: 'erased',
    alias: person.alias,
    hadKey: people.length > 0,
    sessions: first.sessions + second.sessions,
    requests: first.requests + second.requests,
    usageRows: first.usageRows + second.usageRows,
    before: await recordsFromBefore(storage, sql, person.names),
    locks: inForce.locks,
    revocationUntilMs: second.revocationUntilMs,
    notOverwritten: [],
    isRecorded: await untilTaken(openPostgresActs(connection), (record) => 'id' in record && record.id === act.id),
    waitingRelays,
  };
}

async function holdersOf(sql: Sql, who: string, issuer: string | undefined): Promise<readonly KeyHolder[]> {
  const { rows } = await sql.query(
    `SELECT issuer, subject, array_agg(DISTINCT audit_key.id ORDER BY audit_key.id) AS ids,
       array_agg(DISTINCT audit_key_name.name) AS names
     FROM audit_key JOIN audit_key_name USING (id)
     WHERE (issuer, subject) IN (
       SELECT issuer, subject FROM audit_key JOIN audit_key_name USING (id)
       WHERE name = $1 AND ($2::text IS NULL OR (issuer = $2 AND subject = $1))
     ) GROUP BY issuer, subject`,
    [who, issuer ?? null],
  );
  return rows.map((row) => ({
    ids: row['ids'] as readonly string[],
    issuer: String(row['issuer']),
    subject: String(row['subject']),
    names: row['names'] as readonly string[],
  }));
}

/** Keys, names, the word to all relays and the record of the act, together or not at all; answers the erasure’s number. */
function throwAway(
  connection: PostgresConnection,
  given: {
    readonly person: PersonToErase;
    readonly ids: readonly string[];
    readonly hadKey: boolean;
    readonly act: ReturnType<typeof erasureRecord>;
  },
): Promise<number> {
  const { person, hadKey, act } = given;
  const ids = [...given.ids];
  const [alias = ''] = ids;
  return connection.transaction<unknown, number>(async (transaction) => {
    await kyselySql`SELECT pg_advisory_xact_lock(${kyselySql.lit(keysLock)})`.execute(transaction);
    if (hadKey) {
      // Also one that a relay has shared since they were looked up.
      await kyselySql`WITH gone AS (
          DELETE FROM audit_key WHERE id = ANY(${ids}) OR (issuer = ${person.issuer} AND subject = ${person.subject}) RETURNING id
        )
        INSERT INTO audit_erased (id, alias, time_ms) SELECT id, ${alias}, ${act.timeMs}
        FROM (SELECT id FROM gone UNION SELECT unnest(${ids}::text[])) AS every ON CONFLICT DO NOTHING`.execute(
        transaction,
      );
    }
    const { rows } = await kyselySql<{ number: string }>`
      INSERT INTO audit_erasure (alias, issuer, subject, names, time_ms)
      SELECT ${alias}, ${person.issuer}, ${person.subject}, ${[...person.names]}, ${act.timeMs}
      FROM audit_key_relay LIMIT 1 RETURNING number`.execute(transaction);
    await addActs(transaction, [{ id: act.id, record: act }]);
    return Number(rows[0]?.number ?? 0);
  });
}

/** Waits until all relays that run have forgotten; who hasn’t in time, or doesn’t run. */
async function untilForgotten(sql: Sql, number: number, waitMs: number): Promise<readonly string[]> {
  const endMs = performance.now() + waitMs;
  for (;;) {
    const { rows } = await sql.query(
      `SELECT relay, seen_at > now() - interval '3 minutes' AS runs FROM audit_key_relay WHERE erasures < $1 ORDER BY relay`,
      [number],
    );
    if (!rows.some(({ runs }) => runs) || performance.now() >= endMs) return rows.map((row) => String(row['relay']));
    await sleep(lookEveryMs);
  }
}

/** Records that name the person although all keys are gone: they were never sealed. */
async function recordsFromBefore(
  storage: PostgresSettings,
  sql: Sql,
  names: readonly string[],
): Promise<{ readonly count: number; readonly lastSeq: number }> {
  if ((await knownLogs(sql)).length === 0) return { count: 0, lastSeq: 0 };
  const source = await openSharedSource({ storage });
  try {
    const found = new Map<string, number>();
    for (const name of names)
      for await (const { relay, seq } of source.newestFirst({ user: name })) found.set(`${relay ?? ''} ${seq}`, seq);
    return { count: found.size, lastSeq: Math.max(0, ...found.values()) };
  } finally {
    await source.close();
  }
}
