import { type Kysely, sql } from 'kysely';
import { AccessError } from '../../../shared/errors.ts';

/** The tables of one domain: each step takes them one version on; steps that were released are never changed. */
export interface DomainMigrations {
  /** Name under which the version is kept, for example `grants`. */
  readonly domain: string;
  /** SQL, several statements each. */
  readonly steps: readonly string[];
}

/** `server_version_num` of PostgreSQL 14. */
const oldestServer = 140_000;

/** Any number of ours, the same in all relays, under which migrations take turns (pg_advisory_xact_lock). */
const turn = 4_716_293;

/**
 * Brings the tables of all domains up to date in one transaction, one relay at a time.
 * @param oldest `server_version_num` that is needed
 * @throws AccessError `bad-config` when a newer relay has made them, or the server is too old; nothing is changed then
 */
export async function migratePostgres(
  database: Kysely<unknown>,
  domains: readonly DomainMigrations[],
  oldest = oldestServer,
): Promise<void> {
  await requireServer(database, oldest);
  if (await areUpToDate(database, domains)) return;
  await database.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(turn)})`.execute(transaction);
    await sql`CREATE TABLE IF NOT EXISTS causeway_schema (domain TEXT PRIMARY KEY, version INTEGER NOT NULL)`.execute(
      transaction,
    );
    const versions = await readVersions(transaction);
    for (const { domain, steps } of domains) {
      const from = versions.get(domain) ?? 0;
      if (from > steps.length) throw newer(domain, from, steps.length);
      for (const step of steps.slice(from)) await sql.raw(step).execute(transaction);
      await sql`INSERT INTO causeway_schema VALUES (${domain}, ${steps.length})
        ON CONFLICT (domain) DO UPDATE SET version = excluded.version`.execute(transaction);
    }
  });
}

/**
 * Whether the tables of all domains are there. Without a lock and without rights to change tables, which a relay needs only
 * for the first start of a version.
 * @throws AccessError `bad-config` when a newer relay has made them
 */
export async function areUpToDate(database: Kysely<unknown>, domains: readonly DomainMigrations[]): Promise<boolean> {
  if (domains.length === 0) return true;
  const { rows } = await sql<{ there: boolean }>`SELECT to_regclass('causeway_schema') IS NOT NULL AS there`.execute(
    database,
  );
  if (rows[0]?.there !== true) return false;
  const versions = await readVersions(database);
  for (const { domain, steps } of domains) {
    const version = versions.get(domain) ?? 0;
    if (version > steps.length) throw newer(domain, version, steps.length);
    if (version < steps.length) return false;
  }
  return true;
}

async function readVersions(database: Kysely<unknown>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ domain: string; version: number }>`SELECT domain, version FROM causeway_schema`.execute(
    database,
  );
  return new Map(rows.map(({ domain, version }) => [domain, version]));
}

function newer(domain: string, version: number, known: number): AccessError {
  return new AccessError(
    'bad-config',
    `The tables “${domain}” in PostgreSQL were made by a newer relay (version ${version}; this relay knows ${known}). Run that relay again.`,
  );
}

async function requireServer(database: Kysely<unknown>, oldest: number): Promise<void> {
  const { rows } = await sql<{ number: string }>`SELECT current_setting('server_version_num') AS number`.execute(
    database,
  );
  const version = Number(rows[0]?.number ?? 0);
  if (version >= oldest) return;
  const [found, needed] = [version, oldest].map((number) => Math.floor(number / 10_000));
  throw new AccessError(
    'bad-config',
    `The storage is PostgreSQL ${found}; the relay needs ${needed} or newer. Upgrade it, or name another under “storage”.`,
  );
}
