import { type ColumnType, sql } from 'kysely';
import { personHash } from '../identity/person-key.ts';
import { countChange } from '../storage/changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import { mergeSessions, parseSession, type SessionRecord, sessionLifetimeMs } from './session-record.ts';
import { searchPostgres } from './search-postgres.ts';
import type { SearchableSessions } from './search-sessions.ts';
import type { SessionStore } from './session-store.ts';
import { storageTime } from '../storage/postgres/storage-time.ts';

/** Sessions at all relays; `content` has all of one, the other columns what is looked for. */
export interface SessionTables {
  readonly session: {
    readonly id: string;
    readonly person: string;
    readonly last_used_at_ms: ColumnType<string, number, number>;
    readonly content: string;
    /** The version of {@link openedTopic} with which it was first told of; null for those from before. */
    readonly opened: ColumnType<string | null, never, number>;
  };
}

/** Topic of {@link countChange}: there are sessions that weren't known before. */
export const openedTopic = 'sessions-opened';

/** `person` is a hash of whose it is, see {@link personHash}. */
export const sessionMigrations: DomainMigrations = {
  domain: 'sessions',
  steps: [
    `CREATE TABLE session (
       id text PRIMARY KEY, person text NOT NULL, last_used_at_ms bigint NOT NULL, content text NOT NULL
     );
     CREATE INDEX session_person ON session (person);
     CREATE INDEX session_last_use ON session (last_used_at_ms)`,
    `ALTER TABLE session ADD COLUMN opened bigint;
     CREATE INDEX session_opened ON session (opened) WHERE opened IS NOT NULL`,
  ],
};

const atOnce = 500;

/**
 * Sessions in PostgreSQL, for all relays that share it. The functions reject with AccessError `shared-state-unavailable`
 * while it can't be used.
 */
export function openPostgresSessionStore(storage: PostgresConnection): SessionStore & SearchableSessions {
  const putSome = (told: readonly SessionRecord[]): Promise<void> =>
    storage.transaction<SessionTables, void>(async (transaction) => {
      const added = await transaction
        .insertInto('session')
        .values(told.map(rowOf))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .execute();
      // Now each is there, and nobody else changes it until the end: what both know goes together.
      const ids = told.map(({ id }) => id);
      const known = await transaction
        .selectFrom('session')
        .select(['id', 'content'])
        .where('id', 'in', ids)
        .orderBy('id')
        .forUpdate()
        .execute();
      const contents = new Map(known.map(({ id, content }) => [id, content]));
      for (const session of told) {
        const before = contents.get(session.id) ?? 'null';
        const { id: _id, ...row } = rowOf(mergeSessions(parseSession(before), session));
        if (row.content !== before)
          await transaction.updateTable('session').set(row).where('id', '=', session.id).execute();
      }
      if (added.length === 0) return;
      // Last, because all who open sessions wait for it.
      const opened = await countChange(transaction, openedTopic);
      const addedIds = added.map(({ id }) => id);
      await transaction.updateTable('session').set({ opened }).where('id', 'in', addedIds).execute();
    });

  return {
    async put(sessions) {
      // In the order of ids, so that two relays never wait for each other.
      const sorted = sessions.toSorted((one, other) => (one.id < other.id ? -1 : 1));
      for (let from = 0; from < sorted.length; from += atOnce) await putSome(sorted.slice(from, from + atOnce));
    },
    list: (person) =>
      storage.run<SessionTables, readonly SessionRecord[]>(async (database) => {
        let query = database.selectFrom('session').select('content');
        if (person !== undefined) query = query.where('person', '=', personHash(person));
        const rows = await query.orderBy('last_used_at_ms', 'desc').orderBy('id').execute();
        return rows.map(({ content }) => parseSession(content)).filter((session) => session !== null);
      }),
    ...searchPostgres(storage),
    async forget(nowMs) {
      await storage.run<SessionTables, unknown>((database) =>
        database
          .deleteFrom('session')
          .where('last_used_at_ms', '<=', sql<string>`${storageTime(nowMs)} - ${sessionLifetimeMs}`)
          .execute(),
      );
    },
    close: () => undefined,
  };
}

function rowOf(session: SessionRecord): {
  readonly id: string;
  readonly person: string;
  readonly last_used_at_ms: number;
  readonly content: string;
} {
  return {
    id: session.id,
    person: personHash(session),
    last_used_at_ms: Math.round(session.lastUsedAtMs),
    content: JSON.stringify(session),
  };
}
