import type { Logger } from 'pino';
import type { Config } from '../config/config-schema.ts';
import { Limiter } from './limiter.ts';
import { createMemoryCounters } from './memory-counters.ts';
import { createRedisCounters } from './redis-counters.ts';

/** Starts the limiter with the store that the config names. */
export function createLimiter(config: Config, log: Logger): Limiter {
  const { store, url, prefix, timeout_ms: timeoutMs } = config.counters;
  const isShared = store === 'redis' && url !== undefined;
  return new Limiter(config, isShared ? createRedisCounters({ url, prefix, timeoutMs, log }) : createMemoryCounters());
}
