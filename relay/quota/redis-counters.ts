import type { Logger } from 'pino';
import { createClient } from 'redis';
import { signInOf } from '../shared-state/redis-client.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import { reconnectPauseMs } from '../shared-state/reconnect-pause.ts';
import { AccessError } from '../../shared/errors.ts';
import type { BlockStore, Count } from './counter-store.ts';

export interface RedisCountersOptions extends RedisSettings {
  readonly log: Logger;
}

/** Counts as many of the wanted requests as the window takes: which those are must be decided where all relays count. */
const takeScript = `
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local granted = math.max(0, math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - used))
if granted > 0 then
  redis.call('INCRBY', KEYS[1], granted)
  if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
end
return { granted, math.max(0, tonumber(ARGV[2]) - used - granted) }`;

/** A count that has gone meanwhile stays gone. */
const giveBackScript = `
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local back = math.min(used, tonumber(ARGV[1]))
if back > 0 then redis.call('DECRBY', KEYS[1], back) end
return back`;

/**
 * Counts in Redis or Valkey, so that all relays count together. Never waits longer than the time-out: while Redis is
 * away every call rejects at once, and the connection is tried again in the background.
 */
export function createRedisCounters(options: RedisCountersOptions): BlockStore {
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
  /** The window is part of the key, so that relays whose clocks differ a little never mix two of them. */
  const keyOf = ({ limitId, caller, every, window }: Count): string =>
    `${prefix}:${limitId}:${every}:${window.startMs}:${caller}`;

  const inTime = async <Result>(work: Promise<Result>): Promise<Result> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`Redis didn’t answer within ${timeoutMs} ms.`)), timeoutMs);
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new AccessError('counters-unavailable', `The counters can’t be reached: ${why}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async take(count, wanted) {
      const { most, window } = count;
      const values = [wanted, most, window.endMs - window.startMs].map(String);
      const answer = await inTime(client.eval(takeScript, { keys: [keyOf(count)], arguments: values }));
      const [granted, left] = answer as [number, number];
      return { granted, left };
    },
    giveBack(count, requests) {
      client
        .eval(giveBackScript, { keys: [keyOf(count)], arguments: [String(requests)] })
        .catch((error: unknown) => log.warn({ err: error }, 'requests could not be given back to their limit'));
    },
    async left(count) {
      const used = await inTime(client.get(keyOf(count)));
      return Math.max(0, count.most - Number(used ?? 0));
    },
    async close() {
      // What was given back last is to arrive.
      if (client.isReady) await inTime(client.close()).catch(noop);
      if (client.isOpen) client.destroy();
    },
  };
}

function noop(): void {
  // What went wrong was told before; see where it is used.
}
