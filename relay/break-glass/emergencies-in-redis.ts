import type { Logger } from 'pino';
import {
  type Emergency,
  emergencyInvitationSchema,
  emergencySignInSchema,
  isInvitation,
} from '../../shared/emergency.ts';
import { followStream } from '../shared-state/follow-stream.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import type { EmergencyWay } from './emergency-news.ts';

const kept = 100;

/** Tells relays that share a Redis of emergency sign-ins and invitations. */
export function emergenciesInRedis(redis: RedisConnection, log: Logger): EmergencyWay {
  const key = redis.key('break-glass:signed-in');
  return {
    async tell(emergency) {
      await redis.run((client) =>
        client.xAdd(key, '*', fieldsOf(emergency), {
          TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: kept },
        }),
      );
    },
    follow(onTold) {
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
            const emergency = emergencyOf(message);
            if (emergency !== undefined) onTold(emergency);
          }
        },
      });
    },
  };
}

/** Older relays understand only what names an `account`: to them an invitation is nothing. */
function fieldsOf(emergency: Emergency): Record<string, string> {
  const atMs = String(emergency.atMs);
  return isInvitation(emergency)
    ? { invited: emergency.account, by: emergency.by, atMs }
    : { account: emergency.account, atMs };
}

function emergencyOf({ invited, account, by, ...fields }: Readonly<Record<string, string>>): Emergency | undefined {
  const atMs = Number(fields['atMs']);
  return invited === undefined
    ? emergencySignInSchema.safeParse({ account, atMs }).data
    : emergencyInvitationSchema.safeParse({ account: invited, by, atMs }).data;
}
