import { randomBytes } from 'node:crypto';
import type { DomainMigrations } from '../../storage/postgres/migrate-postgres.ts';
import type { Sql } from '../../storage/postgres/postgres-client.ts';

/**
 * Keys of all relays that share a storage, apart from the records: of people (`issuer`, `subject`) and of days of refused
 * sign-ins (`day`). What is thrown away is named in `audit_erased`; `audit_erasure` has people whom some relay has
 * still to forget, and `audit_key_relay` how far each relay is. `audit_key_index` has what names in the index are hidden with.
 */
export const keyMigrations: DomainMigrations = {
  domain: 'audit-keys',
  steps: [
    `
    CREATE SEQUENCE audit_key_number;
    CREATE TABLE audit_key (
      id text COLLATE "C" PRIMARY KEY, number bigint NOT NULL DEFAULT nextval('audit_key_number'),
      issuer text, subject text, day int, key bytea NOT NULL
    );
    CREATE INDEX audit_key_number_of ON audit_key (number);
    CREATE INDEX audit_key_person ON audit_key (issuer, subject);
    CREATE INDEX audit_key_day ON audit_key (day) WHERE day IS NOT NULL;
    CREATE TABLE audit_key_name (
      name text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL REFERENCES audit_key ON DELETE CASCADE,
      PRIMARY KEY (name, id)
    );
    CREATE INDEX audit_key_name_id ON audit_key_name (id);
    CREATE TABLE audit_erased (
      id text COLLATE "C" PRIMARY KEY, number bigint NOT NULL UNIQUE DEFAULT nextval('audit_key_number'),
      alias text NOT NULL, time_ms bigint NOT NULL
    );
    CREATE TABLE audit_erasure (
      number bigint PRIMARY KEY DEFAULT nextval('audit_key_number'), alias text NOT NULL, issuer text NOT NULL,
      subject text NOT NULL, names text[] NOT NULL, time_ms bigint NOT NULL
    );
    CREATE TABLE audit_key_relay (
      relay text PRIMARY KEY, erasures bigint NOT NULL, seen_at timestamptz NOT NULL DEFAULT now()
    );
    `,
    'CREATE TABLE audit_key_index (is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one), secret bytea NOT NULL)',
  ],
};

/** Makes what the index is hidden with, where there is none: something is sealed here from now on. */
export async function makeIndexSecret(sql: Sql): Promise<void> {
  await sql.query('INSERT INTO audit_key_index (secret) VALUES ($1) ON CONFLICT DO NOTHING', [randomBytes(32)]);
}

/**
 * Whoever changes keys holds the advisory lock of this number (any one of ours) to the end of the transaction, so that
 * numbers become visible in their order.
 */
export const keysLock = 4_716_295;

/** Does all of the work in one transaction, one relay after the other, or on a throw nothing. */
export async function changingKeys<Result>(sql: Sql, work: () => Promise<Result>): Promise<Result> {
  await sql.query('BEGIN');
  try {
    await sql.query('SELECT pg_advisory_xact_lock($1)', [keysLock]);
    const result = await work();
    await sql.query('COMMIT');
    return result;
  } catch (error) {
    await sql.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
