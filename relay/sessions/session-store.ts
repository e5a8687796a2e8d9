import type { Identity } from '../identity/identity.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import type { SearchableSessions } from './search-sessions.ts';
import { searchSqlite } from './search-sqlite.ts';
import { openSessionDatabase } from './session-database.ts';
import { mergeSessions, parseSession, type SessionRecord, sessionLifetimeMs } from './session-record.ts';

type Awaitable<Value> = Value | Promise<Value>;
type Person = Pick<Identity, 'issuer' | 'subject'>;

/** Where sessions are remembered. A store that can’t be reached says so with an AccessError. */
export interface SessionStore {
  /** Adds what is told to what is known. */
  put(sessions: readonly SessionRecord[]): Awaitable<void>;
  /** All, or those of one person; last used first. */
  list(person?: Person): Awaitable<readonly SessionRecord[]>;
  /** Forgets those that weren't used for long. */
  forget(nowMs: number): Awaitable<void>;
  close(): void;
}

/** Sessions in the data folder, for all processes of a relay and its command line. */
export interface LocalSessionStore extends SessionStore {
  put(sessions: readonly SessionRecord[]): void;
  list(person?: Person): readonly SessionRecord[];
  forget(nowMs: number): void;
}

/** Opens or creates the store; readable by its owner only. */
export function openSessionStore(dataDir: string): LocalSessionStore & SearchableSessions {
  const database = openSessionDatabase(dataDir);
  // Last uses come every few seconds, and the last ones may be lost with the machine's power.
  database.exec('PRAGMA synchronous = NORMAL');
  const get = database.prepare('SELECT content FROM session WHERE id = ?');
  const insert = database.prepare(
    `INSERT INTO session VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
     last_used_at_ms = excluded.last_used_at_ms, content = excluded.content`,
  );
  const all = database.prepare('SELECT content FROM session ORDER BY last_used_at_ms DESC, id');
  const ofPerson = database.prepare(
    'SELECT content FROM session WHERE issuer = ? AND subject = ? ORDER BY last_used_at_ms DESC, id',
  );
  const remove = database.prepare('DELETE FROM session WHERE last_used_at_ms <= ?');
  return {
    put: (sessions) =>
      inTransaction(database, () => {
        for (const told of sessions) {
          const row = get.get(told.id);
          const session = mergeSessions(row === undefined ? null : parseSession(String(row['content'])), told);
          const { id, issuer, subject, lastUsedAtMs } = session;
          insert.run(id, issuer, subject, Math.round(lastUsedAtMs), JSON.stringify(session));
        }
      }),
    list: (person) =>
      (person === undefined ? all.all() : ofPerson.all(person.issuer, person.subject))
        .map((row) => parseSession(String(row['content'])))
        .filter((session) => session !== null),
    ...searchSqlite(database),
    forget: (nowMs) => void remove.run(nowMs - sessionLifetimeMs),
    close: () => database.close(),
  };
}
