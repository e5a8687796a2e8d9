import { type ColumnType, sql } from 'kysely';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import { keyLifetimeMs, type TakenKey } from './taken-key.ts';

interface TakenTables {
  readonly taken_key: {
    readonly id: string;
    readonly operator: string;
    readonly request: string;
    readonly at_ms: ColumnType<string, number, number>;
  };
}

export const takenKeyMigrations: DomainMigrations = {
  domain: 'idempotency',
  steps: [
    `CREATE TABLE taken_key (id text PRIMARY KEY, operator text NOT NULL, request text NOT NULL, at_ms bigint NOT NULL);
     CREATE INDEX taken_key_at ON taken_key (at_ms)`,
  ],
};

/** Keys that relays with a storage share: a request that came to one isn’t carried out by another. */
export interface SharedTakenKeys {
  /** As the relay’s own keys do. Rejects with AccessError `shared-state-unavailable` */
  take(key: TakenKey, nowMs: number): Promise<'new' | 'same' | 'other'>;
  /** The request wasn’t carried out. Rejects with AccessError `shared-state-unavailable` */
  release(id: string): Promise<void>;
}

/** Another relay may release a key between the question whose it is and the answer. */
const mostAttempts = 5;

/** The keys of the relays that share a storage. */
export function openSharedTakenKeys(storage: PostgresConnection): SharedTakenKeys {
  return {
    take: ({ id, operator, request }, nowMs) =>
      storage.run<TakenTables, 'new' | 'same' | 'other'>(async (database) => {
        const atMs = Math.round(nowMs);
        for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
          // In one statement: of two relays that are asked at once, one begins.
          const begun = await database
            .insertInto('taken_key')
            .values({ id, operator, request, at_ms: atMs })
            .onConflict((conflict) =>
              conflict
                .column('id')
                .doUpdateSet({ operator, request, at_ms: atMs })
                .where('taken_key.at_ms', '<', String(atMs - keyLifetimeMs)),
            )
            .returning('id')
            .execute();
          if (begun.length > 0) {
            await sql`DELETE FROM taken_key WHERE at_ms < ${atMs - keyLifetimeMs}`.execute(database);
            return 'new';
          }
          const found = database.selectFrom('taken_key').select('request').where('id', '=', id);
          const known = await found.executeTakeFirst();
          if (known !== undefined) return known.request === request ? 'same' : 'other';
        }
        return 'same';
      }),
    release: (id) =>
      storage.run<TakenTables, void>(async (database) => {
        await database.deleteFrom('taken_key').where('id', '=', id).execute();
      }),
  };
}
