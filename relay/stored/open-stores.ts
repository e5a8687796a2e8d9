import { pino } from 'pino';
import { openPostgresActs, type PostgresActs } from '../acts/postgres-acts.ts';
import { openPostgresGrantStore, type PostgresGrantStore } from '../grants/postgres-grant-store.ts';
import { openPostgresRevocations, type PostgresRevocationStore } from '../identity/postgres-revocations.ts';
import { openPostgresLockStore, type PostgresLockStore } from '../sessions/postgres-locks.ts';
import { openPostgresSessionStore } from '../sessions/postgres-session-store.ts';
import type { SearchableSessions } from '../sessions/search-sessions.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { openPostgresSignals } from '../signals/postgres-signals.ts';
import type { SignalStore } from '../signals/signal-store.ts';
import { storedDomains } from './stored-domains.ts';
import { connectPostgres } from '../storage/postgres/connect-postgres.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

/** What the relays keep together, as a command reads and changes it. */
export interface StoredStores {
  readonly acts: PostgresActs;
  readonly grants: PostgresGrantStore;
  readonly locks: PostgresLockStore;
  readonly sessions: SessionStore & SearchableSessions;
  readonly revocations: PostgresRevocationStore;
  readonly signals: SignalStore;
  close(): Promise<void>;
}

/**
 * Opens the storage for one command. What it changes the relays find at their next look.
 * @throws AccessError `shared-state-unavailable` when it can't be reached in 5 s, `bad-config` when a newer relay made it
 */
export async function openStores(settings: PostgresSettings): Promise<StoredStores> {
  const connection = connectPostgres(settings, pino({ level: 'silent' }), {
    migrations: storedDomains,
    maxConnections: 2,
  });
  try {
    await connection.untilReady();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    acts: openPostgresActs(connection),
    grants: openPostgresGrantStore(connection),
    locks: openPostgresLockStore(connection),
    sessions: openPostgresSessionStore(connection),
    revocations: openPostgresRevocations(connection),
    signals: openPostgresSignals(connection),
    close: () => connection.close(),
  };
}
