import { pino } from 'pino';
import { untilRecorded } from '../acts/until-recorded.ts';
import { untilTaken } from '../acts/until-taken.ts';
import { type LocalLockStore, type LockStore, openLockStore } from '../sessions/lock-store.ts';
import { type SearchableSessions, searchListed } from '../sessions/search-sessions.ts';
import { mergeSessions, type SessionRecord } from '../sessions/session-record.ts';
import { openSessionStore } from '../sessions/session-store.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import type { StatePlace } from './state-place.ts';

/** Locks and sessions, wherever they are. */
export interface OpenedLocks {
  readonly store: LockStore;
  /** Sessions that are known. Rejects with AccessError `shared-state-unavailable`. */
  readonly sessions: SearchableSessions;
  /** Takes over what other relays know, and tells them. @throws AccessError `shared-state-unavailable` */
  exchange(): Promise<void>;
  /** Waits until what was done with these locks is in an audit; false when it isn't in time. */
  untilRecorded(locks: readonly string[]): Promise<boolean>;
  close(): Promise<void>;
}

/** @throws AccessError `shared-state-unavailable` when the storage can't be reached */
export async function openLocks({ dataDir, redis, storage }: StatePlace): Promise<OpenedLocks> {
  if (storage !== undefined) return openStoredLocks(storage);
  const store = openLockStore(dataDir);
  return {
    store,
    sessions: redis === undefined ? inFolder(dataDir) : searchListed(() => readSessions(dataDir, redis)),
    exchange: () => exchangeThrough(redis, store),
    async untilRecorded() {
      const acts = new Set(store.waiting().map(({ id }) => id));
      const isRecorded = (): boolean => !store.waiting().some(({ id }) => acts.has(id));
      return untilRecorded({ dataDir, outbox: store, isRecorded });
    },
    close() {
      store.close();
      return Promise.resolve();
    },
  };
}

/** Opens the file for each search: what is only about locks needs none. */
function inFolder(dataDir: string): SearchableSessions {
  const within = <Found>(find: (store: ReturnType<typeof openSessionStore>) => Found): Found => {
    const store = openSessionStore(dataDir);
    try {
      return find(store);
    } finally {
      store.close();
    }
  };
  return {
    search: (search) => within((store) => store.search(search)),
    people: (search) => within((store) => store.people(search)),
    ofSubjects: (subjects) => within((store) => store.ofSubjects(subjects)),
  };
}

async function openStoredLocks(storage: PostgresSettings): Promise<OpenedLocks> {
  // Only where it is needed: loading it takes as long as all the rest.
  const { openStores } = await import('../stored/open-stores.ts');
  const stores = await openStores(storage);
  const { acts, locks, sessions } = stores;
  return {
    store: locks,
    sessions,
    exchange: () => Promise.resolve(),
    untilRecorded(ids) {
      const known = new Set(ids);
      return untilTaken(acts, (record) => record.type === 'lock' && known.has(record.lock));
    },
    close: () => stores.close(),
  };
}

async function exchangeThrough(settings: RedisSettings | undefined, store: LocalLockStore): Promise<void> {
  if (settings === undefined) return;
  // Only where it is needed: loading it takes as long as all the rest.
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { exchangeLocks } = await import('../sessions/redis-locks.ts');
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  try {
    await redis.untilReady();
    await exchangeLocks(redis, store);
  } finally {
    redis.close();
  }
}

/** What this relay and the others know. */
async function readSessions(dataDir: string, settings: RedisSettings): Promise<readonly SessionRecord[]> {
  const local = openSessionStore(dataDir);
  const own = local.list();
  local.close();
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { openRedisSessionStore } = await import('../sessions/redis-session-store.ts');
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  try {
    await redis.untilReady();
    const byId = new Map(own.map((session) => [session.id, session]));
    for (const session of await openRedisSessionStore(redis).list())
      byId.set(session.id, mergeSessions(byId.get(session.id) ?? null, session));
    return [...byId.values()].toSorted((one, other) => other.lastUsedAtMs - one.lastUsedAtMs);
  } finally {
    redis.close();
  }
}
