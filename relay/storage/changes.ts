import { type QueryExecutorProvider, sql } from 'kysely';
import type { DomainMigrations } from './postgres/migrate-postgres.ts';
import type { PostgresConnection } from './postgres/connect-postgres.ts';

/** How often something was changed, by topic. */
export const changeMigrations: DomainMigrations = {
  domain: 'changes',
  steps: ['CREATE TABLE change (topic text PRIMARY KEY, version bigint NOT NULL)'],
};

/**
 * Counts a change of this topic within its transaction; the new version. Others that change the topic wait from here on
 * until the transaction ends, so that who reads a version sees all that was done up to it.
 */
export async function countChange(transaction: QueryExecutorProvider, topic: string): Promise<number> {
  const { rows } = await sql<{ version: string }>`INSERT INTO change VALUES (${topic}, 1)
    ON CONFLICT (topic) DO UPDATE SET version = change.version + 1 RETURNING version`.execute(transaction);
  return Number(rows[0]?.version);
}

/** The versions of all topics that were ever changed. */
export async function readVersions(storage: PostgresConnection): Promise<ReadonlyMap<string, number>> {
  const { rows } = await storage.run((database) =>
    sql<{ topic: string; version: string }>`SELECT topic, version FROM change`.execute(database),
  );
  return new Map(rows.map(({ topic, version }) => [topic, Number(version)]));
}
