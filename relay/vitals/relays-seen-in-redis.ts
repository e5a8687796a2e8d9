import type { RedisClientType } from 'redis';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import { oldestOrderMs } from './relay-orders.ts';
import { type RelayState, relayStateSchema } from './relay-state.ts';
import { forgottenMs, mostRelays, type RelaysSeen } from './relays-seen.ts';

const pruneEveryMs = 3_600_000;

/**
 * How relays that share a Redis alone were. The functions reject with AccessError `shared-state-unavailable`.
 * @param most how many relays are kept, the newest ones; default 1000
 */
export function openRelaysSeenInRedis(redis: RedisConnection, most = mostRelays): RelaysSeen {
  const key = redis.key('relays:seen');
  const orderKey = (place: string): string => redis.key(`relays:order:${place}`);
  let prunedAtMs = Number.NEGATIVE_INFINITY;
  return {
    say: (state) =>
      redis.run(async (client) => {
        await client.hSet(key, state.id, JSON.stringify(state));
        const nowMs = performance.now();
        if (nowMs - prunedAtMs < pruneEveryMs && (await client.hLen(key)) <= most) return;
        prunedAtMs = nowMs;
        await prune(client as RedisClientType, key, most);
        // Relays that are all gone leave nothing behind.
        await client.pExpire(key, 2 * forgottenMs);
      }),
    async list() {
      const told = await redis.run((client) => client.hGetAll(key));
      const oldestMs = Date.now() - forgottenMs;
      return Object.values(told)
        .flatMap((content) => stateOf(content) ?? [])
        .filter(({ atMs }) => atMs > oldestMs)
        .toSorted((one, other) => (one.id < other.id ? -1 : 1));
    },
    async order(place, text) {
      const expiration = { type: 'PX', value: 2 * oldestOrderMs } as const;
      await redis.run((client) => client.set(orderKey(place), text, { expiration }));
    },
    ordersAt: (places) => redis.run((client) => client.mGet(places.map(orderKey))),
  };
}

/** Takes away who has been silent for a week, what nobody understands, and beyond `most` those that were heard the longest ago. */
async function prune(client: RedisClientType, key: string, most: number): Promise<void> {
  const oldestMs = Date.now() - forgottenMs;
  const heard = Object.entries(await client.hGetAll(key))
    .map(([field, content]) => ({ field, atMs: stateOf(content)?.atMs ?? 0 }))
    .toSorted((one, other) => other.atMs - one.atMs);
  const gone = heard.filter(({ atMs }, index) => index >= most || atMs <= oldestMs).map(({ field }) => field);
  if (gone.length > 0) await client.hDel(key, gone);
}

/** One of another version may say other things. */
function stateOf(content: string): RelayState | undefined {
  try {
    return relayStateSchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}
