import type { Logger } from 'pino';
import { followStream } from '../shared-state/follow-stream.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import type { FollowOpened } from './opened-news.ts';
import { openedStream, sessionsKey } from './redis-session-store.ts';
import { parseSession, type SessionRecord } from './session-record.ts';

/** Follows in Redis which sessions relays open. */
export function followRedisSessions(redis: RedisConnection, log: Logger): FollowOpened {
  return (onOpened) => {
    const read = async (person: string, id: string): Promise<readonly SessionRecord[]> => {
      try {
        const session = parseSession((await redis.run((client) => client.hGet(sessionsKey(redis, person), id))) ?? '');
        return session === null ? [] : [session];
      } catch (error) {
        log.debug({ err: error }, 'people hear of a session later');
        return [];
      }
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
        const all = entries.map(({ message }) => read(message['person'] ?? '', message['session'] ?? ''));
        Promise.all(all)
          .then((sessions) => onOpened(sessions.flat()))
          .catch((error: unknown) => log.debug({ err: error }, 'people hear of sessions later'));
      },
    });
  };
}
