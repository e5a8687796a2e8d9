import { randomBytes } from 'node:crypto';
import type { RedisClientType } from 'redis';
import { deriveKey } from './derive-key.ts';
import type { RedisConnection } from './redis-connection.ts';
import { ofSecret, type SecretNow } from './shared-secret.ts';

/** The keys of the DPoP nonces that relays share. */
export interface NonceKey {
  /** The first makes nonces; those of all count. */
  current(): readonly [Buffer, ...Buffer[]];
  /** Agrees with the other relays on one key; needed with each new connection. */
  agree(client: RedisClientType): Promise<void>;
}

/**
 * From the secret of the config, or else made by the first relay and kept in Redis: a nonce only says when a proof was
 * made (RFC 9449 §8), so who could read it there gains nothing else.
 */
export function openNonceKey(redis: RedisConnection, now: SecretNow): NonceKey {
  if (now().secret !== undefined) {
    const keyOf = (each: string): Buffer => deriveKey(each, 'dpop nonces');
    const current = ofSecret(now, (secret, others): readonly [Buffer, ...Buffer[]] => [
      keyOf(secret),
      ...others.map(keyOf),
    ]);
    return { current, agree: () => Promise.resolve() };
  }
  let key = randomBytes(32);
  return {
    current: () => [key],
    async agree(client) {
      const name = redis.key('nonce-key');
      await client.set(name, key.toString('base64url'), { condition: 'NX' });
      const agreed = await client.get(name);
      // Another connection is tried: with no key, anybody could make nonces.
      if (agreed === null || agreed === '') throw new Error(`Redis lost ${name} at once.`);
      key = Buffer.from(agreed, 'base64url');
    },
  };
}
