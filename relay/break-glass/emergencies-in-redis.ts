import type { Logger } from 'pino';
import { emergencySignInSchema } from '../../shared/emergency-sign-in.ts';
import { followStream } from '../shared-state/follow-stream.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import type { EmergencyWay } from './emergency-news.ts';

const kept = 100;

/** Tells relays that share a Redis of emergency sign-ins. */
export function emergenciesInRedis(redis: RedisConnection, log: Logger): EmergencyWay {
  const key = redis.key('break-glass:signed-in');
  return {
    async tell({ account, atMs }) {
      await redis.run((client) =>
        client.xAdd(
          key,
          '*',
          { account, atMs: String(atMs) },
          { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: kept } },
        ),
      );
    },
    follow(onSignedIn) {
      let last: string | null = null;
      return followStream({
        settings: redis.settings,
        key,
        log,
        async onConnected(client) {
          // Those from before this relay began were told while they mattered; of a time without a connection none is left out.
          last ??= (await client.xRevRange(key, '+', '-', { COUNT: 1 }))?.[0]?.id ?? '0-0';
          return last;
        },
        onEntries(entries) {
          last = entries.at(-1)?.id ?? last;
          for (const { message } of entries) {
            const told = emergencySignInSchema.safeParse({
              account: message['account'],
              atMs: Number(message['atMs']),
            });
            if (told.success) onSignedIn(told.data);
          }
        },
      });
    },
  };
}
