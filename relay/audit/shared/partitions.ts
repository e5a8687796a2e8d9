import { dailyTables } from './tables.ts';
import { dateOf, dayOf } from './dates.ts';
import type { Sql } from '../../storage/postgres/postgres-client.ts';

// Any number, the same in every relay: who changes the days holds it.
const daysLock = 5_823_400_171;

function partitionOf(table: string, day: number): string {
  return `${table}_${dateOf(day).replaceAll('-', '')}`;
}

/**
 * Makes what these days need, where it isn't there yet. A partition is attached, because making one in its place would
 * wait for whoever reads the audit, and keep all relays from writing meanwhile.
 */
export async function makeDays(sql: Sql, days: readonly number[]): Promise<void> {
  const missing: (readonly [string, number])[] = [];
  for (const day of days) {
    for (const table of dailyTables) {
      const found = await sql.query('SELECT to_regclass($1) IS NULL AS missing', [partitionOf(table, day)]);
      if (found.rows[0]?.['missing'] === true) missing.push([table, day]);
    }
  }
  if (missing.length === 0) return;
  await sql.query('BEGIN');
  try {
    await sql.query('SELECT pg_advisory_xact_lock($1)', [daysLock]);
    for (const [table, day] of missing) {
      const name = partitionOf(table, day);
      const found = await sql.query('SELECT to_regclass($1) IS NULL AS missing', [name]);
      if (found.rows[0]?.['missing'] !== true) continue;
      await sql.query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL)`);
      await sql.query(
        `ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${dateOf(day)}') TO ('${dateOf(day + 1)}')`,
      );
    }
    await sql.query('COMMIT');
  } catch (error) {
    await sql.query('ROLLBACK');
    throw error;
  }
}

/** Days that have a partition of records, oldest first. */
export async function daysOf(sql: Sql): Promise<readonly number[]> {
  const found = await sql.query(
    `SELECT DISTINCT right(relname, 8) AS day FROM pg_class
     WHERE relname ~ '^audit_(record|segment|term)_[0-9]{8}$' AND relkind = 'r' AND pg_table_is_visible(oid) ORDER BY 1`,
  );
  return found.rows.map(({ day }) => dayOf(String(day).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')));
}

/**
 * Drops a day whole. Detached first, so that whoever reads other days goes on; one that was left half detached is
 * brought to its end. Not to be called in a transaction.
 */
export async function dropDay(sql: Sql, day: number): Promise<void> {
  for (const table of dailyTables) {
    const name = partitionOf(table, day);
    const found = await sql.query(
      `SELECT inhdetachpending AS pending FROM pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent = to_regclass($2)`,
      [name, table],
    );
    const [attached] = found.rows;
    if (attached !== undefined)
      await sql.query(
        `ALTER TABLE ${table} DETACH PARTITION ${name} ${attached['pending'] === true ? 'FINALIZE' : 'CONCURRENTLY'}`,
      );
    await sql.query(`DROP TABLE IF EXISTS ${name}`);
  }
}

/** Runs `work` while nobody else who asks so does; false when somebody does. */
export async function alone(sql: Sql, work: () => Promise<void>): Promise<boolean> {
  const found = await sql.query('SELECT pg_try_advisory_lock($1) AS mine', [daysLock + 1]);
  if (found.rows[0]?.['mine'] !== true) return false;
  try {
    await work();
    return true;
  } finally {
    await sql.query('SELECT pg_advisory_unlock($1)', [daysLock + 1]);
  }
}
