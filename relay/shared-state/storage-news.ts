import type { Logger } from 'pino';
import type { RedisClientType } from 'redis';
import { followStream } from './follow-stream.ts';
import type { RedisConnection } from './redis-connection.ts';

const newsKept = 1000;
const streamName = 'storage:news';

/** Tells all relays that something has changed in the storage. They find it by themselves too, a little later. */
export async function tellStorageNews(redis: RedisConnection): Promise<void> {
  await redis.run((client) =>
    client.xAdd(
      redis.key(streamName),
      '*',
      { changed: '1' },
      { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: newsKept } },
    ),
  );
}

/** Calls back as soon as something has changed in the storage, for as long as Redis is there. */
export function followStorageNews(options: {
  readonly redis: RedisConnection;
  readonly log: Logger;
  readonly onNews: () => void;
  /** Called with each new connection, before anything else. */
  readonly onConnected: (client: RedisClientType) => Promise<void>;
}): { readonly caughtUp: Promise<void>; close(): void } {
  const { redis, log, onNews, onConnected } = options;
  return followStream({
    settings: redis.settings,
    key: redis.key(streamName),
    log,
    async onConnected(client) {
      await onConnected(client);
      const newest = await client.xRevRange(redis.key(streamName), '+', '-', { COUNT: 1 });
      onNews();
      return newest?.[0]?.id ?? '0-0';
    },
    onEntries: onNews,
  });
}
