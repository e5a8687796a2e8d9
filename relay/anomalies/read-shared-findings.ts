import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { openPostgresClient } from '../storage/postgres/postgres-client.ts';
import { storageUnavailable } from '../storage/postgres/connect-postgres.ts';
import type { Finding } from './finding.ts';
import { readFindings, readPlaces } from './shared-findings.ts';
import { anomalyMigrations } from './shared-tables.ts';

const statementMs = 60_000;

/**
 * What was found in the audits of all relays within a time, newest first, and how far they were looked at.
 * @throws AccessError `shared-state-unavailable` while PostgreSQL can't be used
 */
export async function readSharedFindings(
  postgres: PostgresSettings,
  sinceMs: number,
  untilMs: number,
): Promise<{ readonly findings: readonly Finding[]; readonly places: ReadonlyMap<string, number> }> {
  const sql = await openPostgresClient(postgres, { migrations: [anomalyMigrations], statementMs }).catch(
    (error: unknown) => {
      throw storageUnavailable(error);
    },
  );
  try {
    return { findings: await readFindings(sql, sinceMs, untilMs), places: await readPlaces(sql) };
  } finally {
    await sql.close();
  }
}
