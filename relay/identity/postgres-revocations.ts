import { type ColumnType, sql } from 'kysely';
import { hash } from 'node:crypto';
import { addActs } from '../acts/postgres-acts.ts';
import { countChange } from '../storage/changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import type { RevocationStore } from './revocation-store.ts';
import { readRevokedBy, type RevocationMark, revocationLifetimeMs } from './revocations.ts';
import { storageTime } from '../storage/postgres/storage-time.ts';

/** Revocations of all relays; `id` is a hash of the name, and `version` that of the change which wrote the row. */
interface RevocationTables {
  readonly revocation: {
    readonly id: string;
    readonly name: string;
    readonly at_ms: ColumnType<string, number, number>;
    readonly by: string;
    readonly version: ColumnType<string, number, number>;
  };
}

export const revocationMigrations: DomainMigrations = {
  domain: 'revocations',
  steps: [
    `CREATE TABLE revocation (
       id text PRIMARY KEY, name text NOT NULL, at_ms bigint NOT NULL, by text NOT NULL, version bigint NOT NULL
     );
     CREATE INDEX revocation_version ON revocation (version);
     CREATE INDEX revocation_time ON revocation (at_ms)`,
  ],
};

/** Topic of {@link countChange}. */
export const revocationTopic = 'revocations';

/** Revocations in PostgreSQL, for all relays that share it. */
export interface PostgresRevocationStore extends RevocationStore {
  read(nowMs: number): Promise<readonly RevocationMark[]>;
  /** Those that were written after the change of this version. */
  readAfter(version: number, nowMs: number): Promise<readonly RevocationMark[]>;
  write(...told: Parameters<RevocationStore['write']>): Promise<void>;
}

/** The functions reject with AccessError `shared-state-unavailable` while PostgreSQL can't be used. */
export function openPostgresRevocations(storage: PostgresConnection): PostgresRevocationStore {
  const readAfter = (version: number, nowMs: number): Promise<readonly RevocationMark[]> =>
    storage.run<RevocationTables, readonly RevocationMark[]>(async (database) => {
      const rows = await database
        .selectFrom('revocation')
        .select(['name', 'at_ms', 'by'])
        .where('version', '>', String(version))
        .where('at_ms', '>', String(Math.floor(nowMs - revocationLifetimeMs)))
        .orderBy('at_ms')
        .execute();
      return rows.map(({ name, at_ms: atMs, by }) => ({
        name: JSON.parse(name) as string,
        atMs: Number(atMs),
        by: readRevokedBy(by),
      }));
    });

  return {
    read: (nowMs) => readAfter(-1, nowMs),
    readAfter,
    async write(marks, act) {
      if (marks.length === 0) return;
      await storage.transaction<RevocationTables, void>(async (transaction) => {
        // First of all: whoever writes has the versions to himself, and rows become visible in their order.
        const version = await countChange(transaction, revocationTopic);
        for (const { name, atMs, by } of marks) {
          const row = { name: JSON.stringify(name), at_ms: Math.round(atMs), by, version };
          await transaction
            .insertInto('revocation')
            .values({ id: hash('sha256', name, 'base64url'), ...row })
            .onConflict((conflict) =>
              conflict
                .column('id')
                .doUpdateSet(row)
                .where(sql<boolean>`excluded.at_ms > revocation.at_ms`),
            )
            .execute();
        }
        const newestAtMs = Math.max(...marks.map(({ atMs }) => atMs));
        await transaction
          .deleteFrom('revocation')
          .where('at_ms', '<=', sql<string>`${storageTime(newestAtMs)} - ${revocationLifetimeMs}`)
          .execute();
        if (act !== undefined) await addActs(transaction, [{ id: act.id, record: act }]);
      });
    },
    close: () => undefined,
  };
}
