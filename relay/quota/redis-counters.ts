import type { Logger } from 'pino';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { createClient } from 'redis';
import { signInOf } from '../shared-state/redis-client.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import { reconnectPauseMs } from '../shared-state/reconnect-pause.ts';
import { AccessError } from '../../shared/errors.ts';
import type { Count, CounterStore } from './counter-store.ts';

export interface RedisCountersOptions extends RedisSettings {
  readonly log: Logger;
}

const maxLimiters = 10_000;

/**
 * Counts in Redis or Valkey, so that all relays count together. Never waits longer than the time-out: while Redis is
 * away every call rejects at once, and the connection is tried again in the background.
 */
export function createRedisCounters(options: RedisCountersOptions): CounterStore {
  const { prefix, timeoutMs, log } = options;
  const client = createClient({
    ...signInOf(options),
    disableOfflineQueue: true,
    socket: { connectTimeout: 5000, reconnectStrategy: reconnectPauseMs },
  });
  let isLost = false;
  client.on('error', (error: unknown) => {
    if (!isLost) log.error({ err: error }, 'the counters in Redis are out of reach');
    isLost = true;
  });
  client.on('ready', () => {
    if (isLost) log.info('the counters in Redis are back');
    isLost = false;
  });
  // A failure to connect was told by the event; the client goes on trying.
  client.connect().catch(noop);
  const limiters = new Map<string, RateLimiterRedis>();

  const limiterFor = ({ limitId, every, most, window }: Count): RateLimiterRedis => {
    const id = `${limitId} ${every} ${most}`;
    let limiter = limiters.get(id);
    if (limiter === undefined) {
      if (limiters.size >= maxLimiters) limiters.clear();
      limiter = new RateLimiterRedis({
        storeClient: client,
        useRedisPackage: true,
        rejectIfRedisNotReady: true,
        keyPrefix: `${prefix}:${limitId}`,
        points: most,
        duration: Math.ceil((window.endMs - window.startMs) / 1000),
      });
      limiters.set(id, limiter);
    }
    return limiter;
  };
  /** The window is part of the key, so that relays whose clocks differ a little never mix two of them. */
  const keyOf = ({ caller, every, window }: Count): string => `${every}:${window.startMs}:${caller}`;

  const inTime = async <Result>(work: Promise<Result>): Promise<Result> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`Redis didn’t answer within ${timeoutMs} ms.`)), timeoutMs);
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      if (error instanceof RateLimiterRes) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new AccessError('counters-unavailable', `The counters can’t be reached: ${why}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async take(count) {
      if (count.most === 0) return -1;
      const seconds = Math.ceil((count.window.endMs - count.window.startMs) / 1000);
      try {
        const result = await inTime(limiterFor(count).consume(keyOf(count), 1, { customDuration: seconds }));
        return result.remainingPoints;
      } catch (error) {
        if (error instanceof RateLimiterRes) return -1;
        throw error;
      }
    },
    giveBack(count) {
      limiterFor(count)
        .reward(keyOf(count), 1)
        .catch((error: unknown) => log.warn({ err: error }, 'a request could not be given back to its limit'));
    },
    async left(count) {
      if (count.most === 0) return 0;
      const result = await inTime(limiterFor(count).get(keyOf(count)));
      return result === null ? count.most : Math.max(0, result.remainingPoints);
    },
    close() {
      if (client.isOpen) client.destroy();
      return Promise.resolve();
    },
  };
}

function noop(): void {
  // What went wrong was told before; see where it is used.
}
