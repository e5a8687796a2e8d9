import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { pino } from 'pino';
import { createClient } from 'redis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectRedis } from '../../../relay/shared-state/redis-connection.ts';
import { createSeal } from '../../../relay/shared-state/seal.ts';
import { type SharedPublicKeys, sharePublicKeys } from '../../../relay/upstream/shared-public-keys.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';

const log = pino({ level: 'silent' });
const name = 'test:identity-keys';

async function makeKey(kid: string): Promise<JWK> {
  const { publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' };
}

describe.runIf(redisProgram !== null)('public keys that relays share', { timeout: 180_000 }, () => {
  it('are those of relays that are there, never of others who can write to Redis', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const settings = { url: server.url, prefix: 'test', timeoutMs: 5000 };
    const seal = createSeal(randomBytes(32));
    let nowMs = Date.now();
    const [one, two, evil] = await Promise.all([makeKey('one'), makeKey('two'), makeKey('evil')]);
    const open = (key: JWK): SharedPublicKeys => {
      const redis = connectRedis(settings, log);
      const keys = sharePublicKeys({ redis, seal, own: () => [key], log, now: () => nowMs, everyMs: 20 });
      onTestFinished(() => {
        keys.close();
        redis.close();
      });
      return keys;
    };
    const [first, second] = [open(one), open(two)];
    await expect.poll(() => first.all()).toEqual([one, two]);
    await expect.poll(() => second.all()).toEqual([two, one]);

    const client = await createClient({ url: server.url }).connect();
    onTestFinished(() => client.destroy());
    const forged = JSON.stringify({ atMs: nowMs, jwk: evil });
    await client.hSet(name, { evil: forged, other: 'x', moved: String(await client.hGet(name, 'two')) });
    second.close();
    nowMs += 3_600_001;
    // The first relay has looked at all of it when it has taken the second's key out.
    await expect.poll(() => client.hExists(name, 'two')).toBe(0);
    expect(first.all()).toEqual([one]);
  });
});
