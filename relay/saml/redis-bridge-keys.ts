import { AccessError } from '../../shared/errors.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import type { Seal } from '../shared-state/seal.ts';
import {
  type BridgeSecrets,
  fingerprint,
  type KeyRing,
  keyRingSchema,
  newKeyRing,
  rotated,
  secretsOf,
} from './bridge-key-ring.ts';
import type { BridgeKeys } from './bridge-keys.ts';

/** Replaces the keys only if they still are those that the caller saw. */
const replaceScript = `
if (redis.call('GET', KEYS[1]) or '') == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) end
return 1`;

/**
 * The bridge’s keys for all relays that share a Redis, sealed there; the first relay makes them. While there is no Redis,
 * there are none; `rotate` looks again.
 * @throws AccessError `bad-config` when they were sealed with another secret
 */
export async function openRedisBridgeKeys(redis: RedisConnection, seal: Seal, now: () => number): Promise<BridgeKeys> {
  const name = redis.key('saml:keys');

  const read = (sealed: string): KeyRing => {
    const text = seal.open(name, sealed);
    if (text === undefined)
      throw new AccessError(
        'bad-config',
        `The SAML bridge’s keys in Redis (${name}) were sealed with another secret. Give all relays the same ` +
          'shared_state.secret, or delete the key there; everybody then signs in anew.',
      );
    return keyRingSchema.parse(JSON.parse(text));
  };
  const replace = async (before: string, next: KeyRing): Promise<string> => {
    const values = [before, seal.close(name, JSON.stringify(next))];
    await redis.run((client) => client.eval(replaceScript, { keys: [name], arguments: values }));
    return (await redis.run((client) => client.get(name))) ?? '';
  };
  /** What there is, with a new key when one is due, whichever relay makes it. */
  const load = async (known: KeyRing | null): Promise<KeyRing> => {
    const sealed = (await redis.run((client) => client.get(name))) ?? '';
    // A Redis that lost them gets those that are in use.
    const present = sealed === '' ? (known ?? newKeyRing(now())) : read(sealed);
    // Sealed anew before the secret that it was sealed with goes.
    const isToSeal = sealed === '' || seal.isFormer(name, sealed);
    const next = rotated(present, now()) ?? (isToSeal ? present : null);
    return next === null ? present : read(await replace(sealed, next));
  };

  let ring: KeyRing | null = null;
  let secrets: BridgeSecrets | null = null;
  const rotate = async (): Promise<boolean> => {
    ring = await load(ring);
    const before = secrets;
    secrets = secretsOf(ring, now());
    return before === null || fingerprint(secrets) !== fingerprint(before);
  };
  try {
    await redis.untilReady();
    await rotate();
  } catch (error) {
    if (!(error instanceof AccessError && error.code === 'shared-state-unavailable')) throw error;
  }
  return { current: () => secrets, rotate };
}
