import type { Logger } from 'pino';
import { followStream } from '../shared-state/follow-stream.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import type { FollowOpened } from './opened-news.ts';
import { openedStream, sessionsKey } from './redis-session-store.ts';
import { parseSession } from './session-record.ts';

/** Follows in Redis which sessions relays open. */
export function followRedisSessions(redis: RedisConnection, log: Logger): FollowOpened {
  return (onOpened) => {
    const read = async (person: string, id: string): Promise<void> => {
      const session = parseSession((await redis.run((client) => client.hGet(sessionsKey(redis, person), id))) ?? '');
      if (session !== null) onOpened(session);
    };
    return followStream({
      settings: redis.settings,
      key: openedStream(redis),
      log,
      async onConnected(client) {
        // What was opened meanwhile, clients ask for by themselves.
        const newest = await client.xRevRange(openedStream(redis), '+', '-', { COUNT: 1 });
        return newest?.[0]?.id ?? '0-0';
      },
      onEntries(entries) {
        for (const { message } of entries)
          read(message['person'] ?? '', message['session'] ?? '').catch((error: unknown) =>
            log.debug({ err: error }, 'people hear of a session later'),
          );
      },
    });
  };
}
