import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { openPostgresActs } from '../acts/postgres-acts.ts';
import { writeStoredActs } from '../acts/write-stored-acts.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import { emergenciesInPostgres } from '../break-glass/emergencies-in-postgres.ts';
import type { EmergencyWay } from '../break-glass/emergency-news.ts';
import type { Grants, GrantsOptions } from '../grants/grants.ts';
import { openPostgresGrantStore } from '../grants/postgres-grant-store.ts';
import { startStoredGrants } from '../grants/stored-grants.ts';
import { followStoredRevocations } from '../identity/follow-stored-revocations.ts';
import { openPostgresRevocations } from '../identity/postgres-revocations.ts';
import type { Revocations } from '../identity/revocations.ts';
import { followPostgresSessions } from '../sessions/follow-postgres-sessions.ts';
import type { OpenedNews } from '../sessions/opened-news.ts';
import { openPostgresLockStore } from '../sessions/postgres-locks.ts';
import { openPostgresSessionStore } from '../sessions/postgres-session-store.ts';
import type { Locks, LocksOptions } from '../sessions/start-locks.ts';
import { startStoredLocks } from '../sessions/stored-locks.ts';
import { type SessionTracker, trackSessions } from '../sessions/track-sessions.ts';
import { watchBlindness } from '../shared-state/watch-blindness.ts';
import { readVersions } from '../storage/changes.ts';
import { type Changes, followChanges } from '../storage/follow-changes.ts';
import { connectPostgres, type PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { storedDomains } from '../stored/stored-domains.ts';

/** What relays keep together in PostgreSQL. */
export interface StoredState {
  readonly connection: PostgresConnection;
  /** Looks at once for what others have changed. */
  look(): void;
  /** Resolves when all that is there is known here, or after 5 s, when the relay has to begin without. */
  untilCaughtUp(): Promise<void>;
  readonly revocations: Revocations;
  startGrants(options: Pick<GrantsOptions, 'config' | 'onChange' | 'onRequests'>): Grants;
  startLocks(options: Pick<LocksOptions, 'onChange' | 'isSpared'>): Locks;
  trackSessions(news: OpenedNews): SessionTracker;
  /** How relays tell each other of emergency sign-ins. */
  emergencies(): EmergencyWay;
  /** Puts what administrators did into the audit of this relay; for one process of it. */
  writeActs(audit: AuditLog, dataDir: string): { close(): void };
  close(): Promise<void>;
}

export interface StoredStateHandlers {
  /** Something was revoked, here or elsewhere: open tunnels are to be looked at. */
  readonly onRevoked: () => void;
  /** The storage has been away for longer than `graceSeconds`: open tunnels are to end. */
  readonly onBlind: () => void;
  /** Something was changed here: others can be told to look. */
  readonly onTold: () => void;
  /** How long each question to PostgreSQL took, and whether it was answered. */
  readonly didAsk?: (tookMs: number, isAnswered: boolean) => void;
}

const longestStartMs = 5000;

/**
 * Connects and, where PostgreSQL is there, brings its tables up to date. Where it isn't, the relay begins all the same, takes no
 * sign-ins, and goes on as soon as it is there.
 * @throws AccessError `bad-config` when a newer relay has made the tables
 */
export async function openStoredState(
  settings: PostgresSettings,
  graceSeconds: number,
  { onRevoked, onBlind, onTold, didAsk }: StoredStateHandlers,
  log: Logger,
): Promise<StoredState> {
  const connection = connectPostgres(settings, log, {
    migrations: storedDomains,
    ...(didAsk === undefined ? {} : { didAsk }),
  });
  try {
    await connection.untilReady();
  } catch (error) {
    if (!(error instanceof AccessError && error.code === 'shared-state-unavailable')) {
      await connection.close();
      throw error;
    }
    log.error({ err: error }, 'the relay starts without its storage, and takes no sign-ins until it is there');
  }
  const changes: Changes = followChanges({ readVersions: () => readVersions(connection), log });
  const revocations = followStoredRevocations({
    store: openPostgresRevocations(connection),
    changes,
    log,
    onRevoked,
    onTold,
  });
  const blindness = watchBlindness({ behindMs: () => changes.behindMs(), graceSeconds, onBlind });

  return {
    connection,
    look: () =>
      void changes.look().catch((error: unknown) => log.debug({ err: error }, 'the storage is looked at later')),
    async untilCaughtUp() {
      const patience = AbortSignal.timeout(longestStartMs);
      await new Promise<void>((resolve) => {
        patience.addEventListener('abort', () => resolve(), { once: true });
        changes.look().then(resolve, (error: unknown) => {
          log.debug({ err: error }, 'what the storage has is learnt later');
          resolve();
        });
      });
    },
    revocations,
    startGrants: (options) =>
      startStoredGrants({ ...options, store: openPostgresGrantStore(connection), changes, log, onTold }),
    startLocks: ({ onChange, isSpared }) =>
      startStoredLocks({ store: openPostgresLockStore(connection), changes, log, onChange, isSpared, onTold }),
    trackSessions: (news) =>
      trackSessions({
        shared: openPostgresSessionStore(connection),
        followOpened: followPostgresSessions(connection, changes),
        news,
        log,
      }),
    emergencies: () => emergenciesInPostgres(connection, changes),
    writeActs: (audit, dataDir) =>
      writeStoredActs({ acts: openPostgresActs(connection), changes, audit, dataDir, log }),
    async close() {
      blindness.close();
      revocations.close();
      changes.close();
      await connection.close();
    },
  };
}
