import type { RedisConnection } from '../shared-state/redis-connection.ts';
import { type RelayOrder, relayOrderSchema } from './relay-order.ts';
import { type RelayState, relayStateSchema } from './relay-state.ts';
import { forgottenMs, type RelaysSeen } from './relays-seen.ts';

/** Orders are obeyed within seconds, or not at all. */
const orderSeconds = 3600;

/** How relays that share a Redis alone were. The functions reject with AccessError `shared-state-unavailable`. */
export function openRelaysSeenInRedis(redis: RedisConnection): RelaysSeen {
  const key = redis.key('relays:seen');
  const orderKey = (relay: string): string => redis.key(`relays:order:${relay}`);
  return {
    async say(state) {
      await redis.run((client) => client.hSet(key, state.id, JSON.stringify(state)));
    },
    async list() {
      const told = await redis.run((client) => client.hGetAll(key));
      const nowMs = Date.now();
      const known: RelayState[] = [];
      for (const [id, content] of Object.entries(told).toSorted(([one], [other]) => (one < other ? -1 : 1))) {
        // One of another version may say other things.
        const state = relayStateSchema.safeParse(parsed(content)).data;
        if (state === undefined) continue;
        if (state.atMs > nowMs - forgottenMs) known.push(state);
        else await redis.run((client) => client.hDel(key, id));
      }
      return known;
    },
    async order(order) {
      await redis.run((client) =>
        client.set(orderKey(order.relay), JSON.stringify(order), { expiration: { type: 'EX', value: orderSeconds } }),
      );
    },
    async orderTo(relay): Promise<RelayOrder | null> {
      const content = await redis.run((client) => client.get(orderKey(relay)));
      return content === null ? null : (relayOrderSchema.safeParse(parsed(content)).data ?? null);
    },
  };
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
