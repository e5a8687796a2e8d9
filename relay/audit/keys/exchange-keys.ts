import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../../storage/in-transaction.ts';
import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { changingKeys, makeIndexSecret } from './shared-key-tables.ts';

/** Somebody whose keys were thrown away in the storage, and whom this relay has still to take out of its own folder. */
export interface PendingErasure {
  readonly number: number;
  readonly alias: string;
  readonly issuer: string;
  readonly subject: string;
  readonly names: readonly string[];
  /** When the person was erased: what is newer is of somebody who came back. */
  readonly timeMs: number;
}

type Row = Readonly<Record<string, unknown>>;

/** Days after which a relay that didn’t come counts as gone for good. */
const goneAfterDays = 30;
const forgetDone = 'DELETE FROM audit_erasure WHERE number <= (SELECT min(erasures) FROM audit_key_relay)';

/**
 * Makes the keys of a relay's folder and those in the storage the same: what is new here goes there, what is new there comes
 * here, and what was thrown away anywhere goes here, too. Days' keys go there alone: other relays write nothing with them.
 * Answers whom this relay has to forget besides; keys that they got since stay.
 */
export async function exchangeKeys(
  sql: Sql,
  database: DatabaseSync,
  relay: string,
): Promise<readonly PendingErasure[]> {
  await beginAnewWhereLost(sql, database, relay);
  const pending = await pendingErasures(sql, database);
  if (hasUnshared(database)) await push(sql, database, pending);
  await pull(sql, database);
  return pending;
}

/** Notes that a relay has forgotten all up to this erasure; who was forgotten by all isn't named any more. */
export async function didErase(sql: Sql, database: DatabaseSync, relay: string, number: number): Promise<void> {
  await changingKeys(sql, async () => {
    await sql.query('UPDATE audit_key_relay SET erasures = $2, seen_at = now() WHERE relay = $1', [relay, number]);
    await sql.query(forgetDone);
  });
  database.prepare('UPDATE shared_up_to SET erasures = ?').run(number);
}

/** Whether there is anything here that the storage doesn’t know of. */
export function hasUnshared(database: DatabaseSync): boolean {
  const { found } = database
    .prepare(
      `SELECT EXISTS (SELECT 1 FROM person WHERE is_shared = 0) OR EXISTS (SELECT 1 FROM name WHERE is_shared = 0)
         OR EXISTS (SELECT 1 FROM day WHERE is_shared = 0) OR EXISTS (SELECT 1 FROM erased WHERE is_shared = 0) AS found`,
    )
    .get() as { readonly found: number };
  return found === 1;
}

/**
 * A storage that doesn’t know this relay, or counts less far than it did, is another one or was put back to an earlier state:
 * then all that is here is told anew, also who was erased.
 */
async function beginAnewWhereLost(sql: Sql, database: DatabaseSync, relay: string): Promise<void> {
  const isNew = await didJoin(sql, relay);
  if (isNew) await makeIndexSecret(sql);
  const { rows } = await sql.query('SELECT last_value FROM audit_key_number');
  const known = database.prepare('SELECT max(keys, erased, erasures) AS last FROM shared_up_to').get();
  const last = Number(known?.['last'] ?? 0);
  if (last === 0 || (!isNew && Number(rows[0]?.['last_value']) >= last)) return;
  inTransaction(database, () => {
    for (const table of ['person', 'name', 'day', 'erased']) database.exec(`UPDATE ${table} SET is_shared = 0`);
    database.exec('UPDATE shared_up_to SET keys = 0, erased = 0, erasures = 0');
  });
}

/** Says that this relay is there, now and then; nobody waits any longer for one that wasn’t for {@link goneAfterDays}. */
async function didJoin(sql: Sql, relay: string): Promise<boolean> {
  const { rows } = await sql.query(
    `INSERT INTO audit_key_relay (relay, erasures) VALUES ($1, 0) ON CONFLICT (relay) DO UPDATE SET seen_at = now()
       WHERE audit_key_relay.seen_at < now() - interval '1 minute' RETURNING (xmax = 0) AS is_new`,
    [relay],
  );
  if (rows.length === 0) return false;
  const { rowCount } = await sql.query(`DELETE FROM audit_key_relay WHERE seen_at < now() - $1 * interval '1 day'`, [
    goneAfterDays,
  ]);
  if (rowCount !== 0) await sql.query(forgetDone);
  return rows[0]?.['is_new'] === true;
}

async function pendingErasures(sql: Sql, database: DatabaseSync): Promise<readonly PendingErasure[]> {
  const done = Number(database.prepare('SELECT erasures FROM shared_up_to').get()?.['erasures'] ?? 0);
  const { rows } = await sql.query(
    'SELECT number, alias, issuer, subject, names, time_ms FROM audit_erasure WHERE number > $1 ORDER BY number',
    [done],
  );
  return rows.map((row) => ({
    number: Number(row['number']),
    alias: String(row['alias']),
    issuer: String(row['issuer']),
    subject: String(row['subject']),
    names: row['names'] as readonly string[],
    timeMs: Number(row['time_ms']),
  }));
}

/** Keys from before their person was erased, of which this relay has only learnt now, are thrown away in place of being shared. */
async function push(sql: Sql, database: DatabaseSync, pending: readonly PendingErasure[]): Promise<void> {
  const people = database.prepare('SELECT id, issuer, subject, key, made_ms FROM person WHERE is_shared = 0').all();
  const names = database.prepare('SELECT name, person FROM name WHERE is_shared = 0').all();
  const days = database.prepare('SELECT id, day, key FROM day WHERE is_shared = 0').all();
  const erased = database
    .prepare('SELECT id, coalesce(alias, id) AS alias, time_ms FROM erased WHERE is_shared = 0')
    .all();
  const aliasOf = (person: Row): string | undefined =>
    pending.find(
      ({ issuer, subject, timeMs }) =>
        issuer === person['issuer'] && subject === person['subject'] && Number(person['made_ms']) < timeMs,
    )?.alias;
  const late = people.filter((person) => aliasOf(person) !== undefined);
  const kept = people.filter((person) => aliasOf(person) === undefined);
  await changingKeys(sql, async () => {
    const gone = [
      ...erased.map((row) => [row['id'], row['alias'], row['time_ms']] as const),
      ...late.map((row) => [row['id'], aliasOf(row), Date.now()] as const),
    ];
    await sql.query(
      `INSERT INTO audit_erased (id, alias, time_ms) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
       ON CONFLICT DO NOTHING`,
      [0, 1, 2].map((column) => gone.map((row) => row[column])),
    );
    await sql.query('DELETE FROM audit_key WHERE id = ANY($1)', [gone.map(([id]) => id)]);
    await sql.query(
      `INSERT INTO audit_key (id, issuer, subject, day, key)
       SELECT new.* FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bytea[]) AS new (id, issuer, subject, day, key)
       WHERE NOT EXISTS (SELECT 1 FROM audit_erased WHERE audit_erased.id = new.id) ON CONFLICT DO NOTHING`,
      [
        [...kept, ...days].map((row) => row['id']),
        [...kept.map((row) => row['issuer']), ...days.map(() => null)],
        [...kept.map((row) => row['subject']), ...days.map(() => null)],
        [...kept.map(() => null), ...days.map((row) => row['day'])],
        [...kept, ...days].map((row) => Buffer.from(row['key'] as Uint8Array)),
      ],
    );
    await sql.query(
      `WITH added AS (
         INSERT INTO audit_key_name (name, id) SELECT new.name, new.id
         FROM unnest($1::text[], $2::text[]) AS new (name, id) JOIN audit_key USING (id) ON CONFLICT DO NOTHING RETURNING id
       )
       UPDATE audit_key SET number = nextval('audit_key_number') WHERE id IN (SELECT id FROM added)`,
      [names.map((row) => row['name']), names.map((row) => row['person'])],
    );
  });
  inTransaction(database, () => {
    const marking = [
      ['UPDATE person SET is_shared = 1 WHERE id = ?', people.map((row) => [row['id']])],
      ['UPDATE day SET is_shared = 1 WHERE id = ?', days.map((row) => [row['id']])],
      ['UPDATE erased SET is_shared = 1 WHERE id = ?', erased.map((row) => [row['id']])],
      ['UPDATE name SET is_shared = 1 WHERE name = ? AND person = ?', names.map((row) => [row['name'], row['person']])],
    ] as const;
    for (const [statement, rows] of marking) {
      const mark = database.prepare(statement);
      for (const values of rows) mark.run(...values.map(String));
    }
  });
}

async function pull(sql: Sql, database: DatabaseSync): Promise<void> {
  const known = database.prepare('SELECT keys, erased FROM shared_up_to').get();
  const erased = await sql.query(
    'SELECT id, alias, time_ms, number FROM audit_erased WHERE number > $1 ORDER BY number',
    [Number(known?.['erased'])],
  );
  const keys = await sql.query(
    `SELECT id, number, issuer, subject, key,
       array(SELECT name FROM audit_key_name WHERE audit_key_name.id = audit_key.id) AS names
     FROM audit_key WHERE number > $1 AND issuer IS NOT NULL ORDER BY number`,
    [Number(known?.['keys'])],
  );
  if (erased.rows.length === 0 && keys.rows.length === 0) return;
  inTransaction(database, () => {
    const isErased = database.prepare('SELECT 1 FROM erased WHERE id = ?');
    const addPerson = database.prepare(
      'INSERT OR IGNORE INTO person (id, issuer, subject, key, is_shared, made_ms) VALUES (?, ?, ?, ?, 1, ?)',
    );
    const addName = database.prepare('INSERT OR IGNORE INTO name (name, person, is_shared) VALUES (?, ?, 1)');
    for (const { id, issuer, subject, key, names } of keys.rows) {
      if (isErased.get(String(id)) !== undefined) continue;
      addPerson.run(String(id), String(issuer), String(subject), key as Buffer, Date.now());
      for (const name of names as readonly string[]) addName.run(name, String(id));
    }
    for (const { id, alias, time_ms: timeMs } of erased.rows)
      throwAway(database, String(id), String(alias), Number(timeMs));
    database
      .prepare('UPDATE shared_up_to SET keys = max(keys, ?), erased = max(erased, ?)')
      .run(Number(keys.rows.at(-1)?.['number'] ?? 0), Number(erased.rows.at(-1)?.['number'] ?? 0));
  });
}

function throwAway(database: DatabaseSync, id: string, alias: string, timeMs: number): void {
  const gone = ['DELETE FROM person WHERE id = ?', 'DELETE FROM name WHERE person = ?', 'DELETE FROM day WHERE id = ?'];
  for (const statement of gone) database.prepare(statement).run(id);
  database
    .prepare(
      `INSERT INTO erased (id, time_ms, alias, is_shared) VALUES (?, ?, ?, 1)
       ON CONFLICT (id) DO UPDATE SET alias = excluded.alias, is_shared = 1`,
    )
    .run(id, timeMs, alias);
}
