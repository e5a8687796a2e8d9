import { createHash } from 'node:crypto';
import { createClient } from 'redis';
import type { Logger } from 'pino';
import { signInOf } from '../shared-state/redis-client.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import { reconnectPauseMs } from '../shared-state/reconnect-pause.ts';
import type { ReplayCache } from './replay-cache.ts';

/**
 * A replay cache that relays share, in Redis or Valkey: what was used at one is used at all, also after a restart.
 * While the store doesn't answer within `timeoutMs` nothing can be remembered, so every use is `full`.
 */
export function createRedisReplayCache(
  options: RedisSettings & { readonly lifetimeMs: number; readonly log: Logger },
): ReplayCache & { close(): void } {
  const { prefix, lifetimeMs, timeoutMs, log } = options;
  const client = createClient({
    ...signInOf(options),
    disableOfflineQueue: true,
    socket: { connectTimeout: 5000, reconnectStrategy: reconnectPauseMs },
  });
  client.on('error', (error: unknown) => log.warn({ err: error }, 'the shared replay cache can’t be reached'));
  const connecting = client.connect().catch(() => undefined);

  return {
    async use(owner, id) {
      const name = createHash('sha256')
        .update(JSON.stringify([owner, id]))
        .digest('base64url');
      const limit = Promise.withResolvers<'full'>();
      const timer = setTimeout(() => limit.resolve('full'), timeoutMs);
      try {
        return await Promise.race([
          connecting
            .then(() => client.set(`${prefix}:once:${name}`, '1', { NX: true, PX: lifetimeMs }))
            .then((answer) => (answer === null ? ('repeated' as const) : ('first' as const))),
          limit.promise,
        ]);
      } catch (error) {
        log.warn({ err: error }, 'a used proof can’t be remembered');
        return 'full';
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      if (client.isOpen) client.destroy();
    },
  };
}
