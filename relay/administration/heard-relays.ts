import { pino } from 'pino';
import { isSilent, type RelayState } from '../vitals/relay-state.ts';
import type { StatePlace } from './state-place.ts';

/**
 * The relays that share the storage, or else the Redis, and have said within the last minute how they are; asked where no relay
 * runs that knows them.
 * @throws AccessError `shared-state-unavailable`
 */
export async function heardRelays(
  { storage, redis }: Pick<StatePlace, 'storage' | 'redis'>,
  nowMs: number,
): Promise<readonly RelayState[]> {
  const quiet = pino({ level: 'silent' });
  const heard = (states: readonly RelayState[]): readonly RelayState[] =>
    states.filter((state) => !isSilent(state, nowMs));
  // What speaks to either is loaded only where it is there.
  if (storage !== undefined) {
    const { connectPostgres } = await import('../storage/postgres/connect-postgres.ts');
    const { storedDomains } = await import('../stored/stored-domains.ts');
    const { openRelaysSeen } = await import('../vitals/relays-seen.ts');
    const connection = connectPostgres(storage, quiet, { migrations: storedDomains, maxConnections: 1 });
    try {
      return heard(await openRelaysSeen(connection).list());
    } finally {
      await connection.close();
    }
  }
  if (redis === undefined) return [];
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { openRelaysSeenInRedis } = await import('../vitals/relays-seen-in-redis.ts');
  const connection = connectRedis(redis, quiet);
  try {
    await connection.untilReady();
    return heard(await openRelaysSeenInRedis(connection).list());
  } finally {
    connection.close();
  }
}
