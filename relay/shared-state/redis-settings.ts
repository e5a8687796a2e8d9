import type { Config } from '../config/config-schema.ts';

/** How to reach a Redis or Valkey. */
export interface RedisSettings {
  readonly url: string;
  /** Put before each key. */
  readonly prefix: string;
  /** Longest wait for an answer, milliseconds. */
  readonly timeoutMs: number;
}

/** The Redis that relays share, with secrets filled in; undefined for a relay that stands alone. */
export function redisSettings({ shared_state: shared }: Pick<Config, 'shared_state'>): RedisSettings | undefined {
  const { store, url, prefix, timeout_ms: timeoutMs } = shared;
  return store === 'redis' && url !== undefined ? { url, prefix, timeoutMs } : undefined;
}
