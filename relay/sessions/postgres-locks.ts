import { randomUUID } from 'node:crypto';
import { type ColumnType, sql } from 'kysely';
import { addActs } from '../acts/postgres-acts.ts';
import { countChange } from '../storage/changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import { storable } from '../storage/postgres/storable-text.ts';
import type { Lock, LockAct } from './lock.ts';
import { auditedAct, keepOverMs, type LockStore, parseLock, takenAway } from './lock-store.ts';
import { storageTime } from '../storage/postgres/storage-time.ts';
import { jsonIn } from '../storage/postgres/json-in.ts';

/** Locks of all relays; `content` has all of one, `over_at_ms` when it ends or was taken away. */
interface LockTables {
  readonly lock: {
    readonly id: string;
    readonly over_at_ms: ColumnType<string | null, number | null, number | null>;
    readonly content: string;
  };
}

export const lockMigrations: DomainMigrations = {
  domain: 'locks',
  steps: [
    `CREATE TABLE lock (id text PRIMARY KEY, over_at_ms bigint, content text NOT NULL);
     CREATE INDEX lock_over ON lock (over_at_ms)`,
    // Locks on addresses: a relay that doesn’t know them would let in whom they shut out.
    'SELECT 1',
  ],
};

/** Topic of {@link countChange}. */
export const lockTopic = 'locks';

/** Locks in PostgreSQL, for all relays that share it. Each change is one transaction with its act. */
export interface PostgresLockStore extends LockStore {
  /** One that is there already, as after an answer that came too late, is left as it is, without another act. */
  add(locks: readonly Lock[], event: 'lock-added' | 'session-ended'): Promise<void>;
  list(): Promise<readonly Lock[]>;
  /** Those that are in force at some time, or begin later. */
  listInForce(nowMs: number): Promise<readonly Lock[]>;
  forget(nowMs: number): Promise<void>;
}

/** The functions reject with AccessError `shared-state-unavailable` while PostgreSQL can't be used. */
export function openPostgresLockStore(storage: PostgresConnection): PostgresLockStore {
  const list = (fromMs: number | null): Promise<readonly Lock[]> =>
    storage.run<LockTables, readonly Lock[]>(async (database) => {
      const query = database.selectFrom('lock').select('content');
      const rows = await (
        fromMs === null ? query : query.where(sql<boolean>`over_at_ms IS NULL OR over_at_ms > ${Math.floor(fromMs)}`)
      ).execute();
      return rows
        .map(({ content }) => parseLock(content))
        .filter((lock) => lock !== null)
        .toSorted((one, other) => one.createdAtMs - other.createdAtMs || (one.id < other.id ? -1 : 1));
    });

  return {
    async add(locks, event) {
      if (locks.length === 0) return;
      await storage.transaction<LockTables, void>(async (transaction) => {
        const rows = locks.toSorted((one, other) => (one.id < other.id ? -1 : 1)).map(rowOf);
        const added = await transaction
          .insertInto('lock')
          .values(rows)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .execute();
        if (added.length === 0) return;
        await countChange(transaction, lockTopic);
        const isNew = new Set(added.map(({ id }) => id));
        await addActs(
          transaction,
          locks
            .filter(({ id }) => isNew.has(id))
            .map((lock) => act({ event, timeMs: lock.createdAtMs, operator: lock.author, reason: lock.reason, lock })),
        );
      });
    },
    remove: (id, by, reason, nowMs) =>
      storage.transaction<LockTables, Lock>(async (transaction) => {
        const row = await transaction
          .selectFrom('lock')
          .select('content')
          .where('id', '=', storable(id))
          .forUpdate()
          .executeTakeFirst();
        const lock = takenAway(row === undefined ? null : parseLock(row.content), id, by, reason, nowMs);
        const { id: _id, ...changed } = rowOf(lock);
        await transaction.updateTable('lock').set(changed).where('id', '=', id).execute();
        await countChange(transaction, lockTopic);
        await addActs(transaction, [act({ event: 'lock-removed', timeMs: nowMs, operator: by, reason, lock })]);
        return lock;
      }),
    list: () => list(null),
    listInForce: (nowMs) => list(nowMs),
    async forget(nowMs) {
      await storage.run<LockTables, unknown>((database) =>
        database
          .deleteFrom('lock')
          .where(
            sql<boolean>`over_at_ms <= ${storageTime(nowMs)} - ${keepOverMs}
              OR (over_at_ms <= ${storageTime(nowMs)} AND ${sql.raw(jsonIn('content'))} ->> 'ofErased' = 'true')`,
          )
          .execute(),
      );
    },
    close: () => undefined,
  };
}

function rowOf(lock: Lock): { readonly id: string; readonly over_at_ms: number | null; readonly content: string } {
  const overAtMs = lock.removed?.atMs ?? lock.untilMs;
  return {
    id: lock.id,
    over_at_ms: overAtMs === null ? null : Math.round(overAtMs),
    content: JSON.stringify(lock),
  };
}

function act(happened: LockAct): { readonly id: string; readonly record: ReturnType<typeof auditedAct> } {
  return { id: randomUUID(), record: auditedAct(happened) };
}
