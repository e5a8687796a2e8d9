import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { redisSettings } from '../shared-state/redis-settings.ts';
import type { Seal } from '../shared-state/seal.ts';
import { type SecretNow, sealOnceShared } from '../shared-state/shared-secret.ts';
import { repeatedWork } from '../storage/repeated-work.ts';
import { orderPlace, type RelayOrder } from '../vitals/relay-order.ts';
import { closedOrder, openedOrder, orderGate, orderTimes } from '../vitals/relay-orders.ts';
import { type RelayState, workersOf } from '../vitals/relay-state.ts';
import type { RelaysSeen } from '../vitals/relays-seen.ts';

const orderPurpose = 'relay orders';
/** Somebody else has written it, or it was kept and written again. */
export const ignoredOrderWords = 'an order to drain this relay doesn’t count';

/** How often a relay says how it is. */
export const sayEveryMs = 15_000;
/** A storage that is away doesn’t keep a relay from ending. */
const lastWordMs = 2000;
/** How often it looks whether it is to do something. */
const lookEveryMs = 1500;

/** Other relays, as each said last. */
export interface ToldRelays {
  /** Without this one. Rejects with AccessError `shared-state-unavailable`. */
  others(): Promise<readonly RelayState[]>;
  /** Says now how this relay is. */
  say(): void;
  /**
   * Has another one do something.
   * @param known as it said last
   * @returns when it was given: later than what was ordered of that relay before, as far as this one knows. Rejects with
   * AccessError `shared-state-unavailable`.
   */
  order(order: Omit<RelayOrder, 'atMs'>, known: RelayState): Promise<number>;
  /** Says that this relay ends. */
  close(): Promise<void>;
}

/** Where relays tell each other of themselves: on a connection of its own. */
export interface RelaysPlace {
  readonly seen: RelaysSeen;
  /** What seals orders now; undefined while the relays share no secret. */
  readonly seal: () => Seal | undefined;
  /** Whether orders that aren’t sealed count: in a storage, which has locks and sessions in the open, too. */
  readonly isTrusted: boolean;
  close(): Promise<void>;
}

/** Whether orders are given and taken now: they need a secret that the relays share, or a storage. */
export function takesOrders({ seal, isTrusted }: Pick<RelaysPlace, 'seal' | 'isTrusted'>): boolean {
  return isTrusted || seal() !== undefined;
}

/**
 * PostgreSQL where there is one, else Redis; null for a relay that shares neither.
 * @param now the secret of the newest config, also one that all else takes up with the next start
 */
export async function placeOfRelays(loaded: LoadedConfig, now: SecretNow, log: Logger): Promise<RelaysPlace | null> {
  const seal = sealOnceShared(now, orderPurpose);
  // The relay’s own connection says that it is away.
  const quiet = log.child({}, { level: 'silent' });
  const { storage } = loaded;
  // What speaks to either is loaded only where it is there.
  if (storage !== undefined) {
    const { connectPostgres } = await import('../storage/postgres/connect-postgres.ts');
    const { storedDomains } = await import('../stored/stored-domains.ts');
    const { openRelaysSeen } = await import('../vitals/relays-seen.ts');
    const connection = connectPostgres(storage, quiet, { migrations: storedDomains, maxConnections: 1 });
    return { seen: openRelaysSeen(connection), seal, isTrusted: true, close: () => connection.close() };
  }
  const redis = redisSettings(loaded.config);
  if (redis === undefined) return null;
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { openRelaysSeenInRedis } = await import('../vitals/relays-seen-in-redis.ts');
  const connection = connectRedis(redis, quiet);
  return {
    seen: openRelaysSeenInRedis(connection),
    seal,
    isTrusted: false,
    close() {
      connection.close();
      return Promise.resolve();
    },
  };
}

interface StandingOrder {
  readonly place: string;
  readonly text: string;
  /** Null for what isn’t one. */
  readonly order: RelayOrder | null;
}

function timeOf({ order }: StandingOrder): number {
  return order?.atMs ?? 0;
}

/** Tells the other relays how this one is, every {@link sayEveryMs}, and does what operators at them ask of it. */
export function tellRelays(
  place: RelaysPlace,
  {
    state,
    obey,
    log,
  }: {
    readonly state: () => RelayState;
    /** Rejects when it can’t be done now: it is tried again, but for `bad-input` and `bad-config`, which stay so. */
    readonly obey: (order: RelayOrder) => Promise<void>;
    readonly log: Logger;
  },
): ToldRelays {
  const { seen, seal } = place;
  const { startedAtMs } = state();
  const gate = orderGate(startedAtMs, Date.now);
  let isStopped = false;
  const saying = repeatedWork(() =>
    seen.say({ ...state(), countedOrders: [...gate.counted], ...(isStopped ? { stopped: true } : {}) }),
  );
  const timeOfOrder = orderTimes(Date.now);
  /** What was looked at last, by place. */
  const read = new Map<string, string>();
  const say = (): void => {
    saying.request().catch((error: unknown) => log.debug({ err: error }, 'other relays hear of this one later'));
  };
  /** What stands for a relay and its workers. */
  const standingAt = async (relay: RelayState): Promise<readonly StandingOrder[]> => {
    const places = [null, ...workersOf(relay)].map((worker) => orderPlace(relay.id, worker));
    const texts = await seen.ordersAt(places);
    return places.flatMap((place, index) => {
      const text = texts[index] ?? null;
      return text === null ? [] : [{ place, text, order: openedOrder(place, text, seal()) }];
    });
  };
  const look = async (): Promise<void> => {
    if (!takesOrders(place)) return;
    const unread = (await standingAt(state())).filter(({ place, text }) => text !== read.get(place));
    // In the order in which they were given, wherever they stand: one may take back another.
    for (const { place, text, order } of unread.toSorted((one, other) => timeOf(one) - timeOf(other))) {
      if (order === null || !gate.lets(order)) {
        read.set(place, text);
        const why = order === null ? 'not of a relay that has the secret and this version’s orders' : 'not of now';
        // In a storage it stands until the next one: each process finds it once.
        if (order !== null && order.startedAtMs < startedAtMs) log.info({ place, why }, ignoredOrderWords);
        else log.warn({ place, why }, ignoredOrderWords);
        continue;
      }
      const { act, worker, by, at } = order;
      let done = true;
      try {
        await obey(order);
        log.info({ act, worker, by, at }, 'done as asked for at another relay');
      } catch (error) {
        if (!(error instanceof AccessError) || (error.code !== 'bad-input' && error.code !== 'bad-config')) throw error;
        done = false;
        log.warn({ act, worker, by, at, reason: error.message }, 'what was asked for at another relay can’t be done');
      }
      gate.didObey(order, done);
      read.set(place, text);
      say();
    }
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
    async order(order, known) {
      const counted = known.countedOrders ?? [];
      const atMs = timeOfOrder([...(await standingAt(known)).map(timeOf), ...counted.map((each) => each.atMs)]);
      const { place: where, text } = closedOrder({ ...order, atMs }, seal());
      await seen.order(where, text);
      return atMs;
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      isStopped = true;
      const lastWord = saying
        .request()
        .catch((error: unknown) => log.debug({ err: error }, 'other relays find it gone'));
      await Promise.race([lastWord, pause(lastWordMs, undefined, { ref: false })]);
      await place.close();
    },
  };
}
