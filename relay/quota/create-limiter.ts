import type { Logger } from 'pino';
import type { Config } from '../config/config-schema.ts';
import { redisSettings } from '../shared-state/redis-settings.ts';
import { createBlockwiseCounters } from './blockwise-counters.ts';
import type { CounterStore } from './counter-store.ts';
import { Limiter } from './limiter.ts';
import { createMemoryCounters } from './memory-counters.ts';

/**
 * Starts the limiter with the store that the config names; what Redis needs is loaded only where it is used.
 * @param memory counts where the config says `memory`; in this process by default
 */
export async function createLimiter(
  config: Config,
  log: Logger,
  memory: CounterStore = createMemoryCounters(),
): Promise<Limiter> {
  const settings = redisSettings(config);
  if (settings === undefined) return new Limiter(config, memory);
  const { createRedisCounters } = await import('./redis-counters.ts');
  return new Limiter(config, createBlockwiseCounters(createRedisCounters({ ...settings, log })));
}
