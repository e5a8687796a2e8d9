import type { Logger } from 'pino';
import { followStream } from '../shared-state/follow-stream.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import type { Lock } from './lock.ts';
import { isNews, type LocalLockStore, parseLock } from './lock-store.ts';

const newsKept = 1000;

/** Keeps the locks of a data folder and those in Redis the same, both ways. */
export interface LockSharing {
  /** Takes over what the others know and tells them what they don't. @throws AccessError `shared-state-unavailable` */
  exchange(): Promise<void>;
  /** Resolves when it was done for the first time. */
  readonly caughtUp: Promise<void>;
  close(): void;
}

/** Takes over what Redis has and writes there what it lacks: it may have lost all it had. */
export async function exchangeLocks(redis: RedisConnection, store: LocalLockStore): Promise<void> {
  const key = redis.key('locks');
  const there = new Map(
    (await redis.run((client) => client.hVals(key)))
      .map(parseLock)
      .filter((lock) => lock !== null)
      .map((lock) => [lock.id, lock] as const),
  );
  store.merge([...there.values()]);
  const untold = store.list().filter((lock) => isNews(there.get(lock.id) ?? null, lock));
  if (untold.length === 0) return;
  await redis.run((client) =>
    client
      .multi()
      .hSet(key, Object.fromEntries(untold.map((lock: Lock) => [lock.id, JSON.stringify(lock)])))
      .xAdd(
        redis.key('locks:news'),
        '*',
        { count: String(untold.length) },
        {
          TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: newsKept },
        },
      )
      .exec(),
  );
}

/** Follows the locks of the other relays. While Redis is away, those of the folder count, and its changes. */
export function shareLocks(options: {
  readonly redis: RedisConnection;
  readonly store: LocalLockStore;
  readonly log: Logger;
  /** Called after each exchange: the store may have others than before. */
  readonly onExchanged: () => void;
}): LockSharing {
  const { redis, store, log, onExchanged } = options;
  const exchange = async (): Promise<void> => {
    await exchangeLocks(redis, store);
    onExchanged();
  };
  const inBackground = (): void => {
    exchange().catch((error: unknown) =>
      log.warn({ err: error }, 'locks can’t be exchanged with the other relays now'),
    );
  };
  const following = followStream({
    settings: redis.settings,
    key: redis.key('locks:news'),
    log,
    async onConnected(client) {
      const newest = await client.xRevRange(redis.key('locks:news'), '+', '-', { COUNT: 1 });
      // On the other connection, which may not be there yet: news that comes later does it again.
      await redis.untilReady();
      await exchange();
      return newest?.[0]?.id ?? '0-0';
    },
    onEntries: inBackground,
  });
  return { exchange, caughtUp: following.caughtUp, close: () => following.close() };
}
