import type { Config } from '../config/config-schema.ts';
import { parseRedisAddress } from '../config/values/redis-address.ts';

/** How to reach a Redis or Valkey. */
export interface RedisSettings {
  readonly url: string;
  /** Absolute path of a file with the password, which is read for each connection; instead of one in the address. */
  readonly passwordFile?: string | undefined;
  /** Put before each key. */
  readonly prefix: string;
  /** Longest wait for an answer, milliseconds. */
  readonly timeoutMs: number;
}

/** The Redis that relays share, with secrets filled in; undefined for a relay that stands alone. */
export function redisSettings({ shared_state: shared }: Pick<Config, 'shared_state'>): RedisSettings | undefined {
  const { store, url, prefix, timeout_ms: timeoutMs } = shared;
  if (store !== 'redis' || url === undefined) return undefined;
  const address = parseRedisAddress(url);
  // What can’t be read was refused when the config was loaded, except where its secrets weren’t filled in.
  return 'why' in address ? { url, prefix, timeoutMs } : { ...address, prefix, timeoutMs };
}
