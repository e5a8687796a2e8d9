import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load-config.ts';
import { redisSettings } from '../shared-state/redis-settings.ts';
import { repeatedWork } from '../storage/repeated-work.ts';
import type { RelayOrder } from '../vitals/relay-order.ts';
import type { RelayState } from '../vitals/relay-state.ts';
import type { RelaysSeen } from '../vitals/relays-seen.ts';

/** How often a relay says how it is. */
export const sayEveryMs = 15_000;
/** How often it looks whether it is to do something. */
const lookEveryMs = 1500;

/** Other relays, as each said last. */
export interface ToldRelays {
  /** Without this one. Rejects with AccessError `shared-state-unavailable`. */
  others(): Promise<readonly RelayState[]>;
  /** Says now how this relay is. */
  say(): void;
  /** Has another one do something. Rejects with AccessError `shared-state-unavailable`. */
  order(order: RelayOrder): Promise<void>;
  close(): Promise<void>;
}

/** Where relays tell each other of themselves: on a connection of its own. */
export interface RelaysPlace {
  readonly seen: RelaysSeen;
  close(): Promise<void>;
}

/** PostgreSQL where there is one, else Redis; null for a relay that shares neither. */
export async function placeOfRelays(loaded: LoadedConfig, log: Logger): Promise<RelaysPlace | null> {
  // The relay’s own connection says that it is away.
  const quiet = log.child({}, { level: 'silent' });
  const { storage } = loaded;
  // What speaks to either is loaded only where it is there.
  if (storage !== undefined) {
    const { connectPostgres } = await import('../storage/postgres/connect-postgres.ts');
    const { storedDomains } = await import('../stored/stored-domains.ts');
    const { openRelaysSeen } = await import('../vitals/relays-seen.ts');
    const connection = connectPostgres(storage, quiet, { migrations: storedDomains, maxConnections: 1 });
    return { seen: openRelaysSeen(connection), close: () => connection.close() };
  }
  const redis = redisSettings(loaded.config);
  if (redis === undefined) return null;
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { openRelaysSeenInRedis } = await import('../vitals/relays-seen-in-redis.ts');
  const connection = connectRedis(redis, quiet);
  return {
    seen: openRelaysSeenInRedis(connection),
    close() {
      connection.close();
      return Promise.resolve();
    },
  };
}

/** Tells the other relays how this one is, every {@link sayEveryMs}, and does what operators at them ask of it. */
export function tellRelays(
  { seen, ...place }: RelaysPlace,
  {
    state,
    obey,
    log,
  }: {
    readonly state: () => RelayState;
    /** Rejects when it can’t be done now; it is tried again. */
    readonly obey: (order: RelayOrder) => Promise<void>;
    readonly log: Logger;
  },
): ToldRelays {
  const saying = repeatedWork(() => seen.say(state()));
  let obeyed: string | null = null;
  const say = (): void => {
    saying.request().catch((error: unknown) => log.debug({ err: error }, 'other relays hear of this one later'));
  };
  const look = async (): Promise<void> => {
    const { id, startedAtMs } = state();
    const order = await seen.orderTo(id);
    if (order === null || order.startedAtMs !== startedAtMs || order.id === obeyed) return;
    await obey(order);
    obeyed = order.id;
    log.info({ act: order.act, by: order.by, at: order.at }, 'done as asked for at another relay');
    say();
  };
  const looking = repeatedWork(look);
  const lookAgain = (): void => {
    looking.request().catch((error: unknown) => log.debug({ err: error }, 'orders of other relays come later'));
  };
  say();
  const timers = [setInterval(say, sayEveryMs).unref(), setInterval(lookAgain, lookEveryMs).unref()];
  return {
    async others() {
      const { id } = state();
      return (await seen.list()).filter((relay) => relay.id !== id);
    },
    say,
    order: (order) => seen.order(order),
    async close() {
      for (const timer of timers) clearInterval(timer);
      await place.close();
    },
  };
}
