import { hash } from 'node:crypto';
import { calculateJwkThumbprint, type JWK, SignJWT } from 'jose';
import { createClient } from 'redis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDpopNonces, DpopNonceError } from '../../../relay/identity/dpop-nonces.ts';
import type { Credentials } from '../../../relay/identity/identity.ts';
import { createRedisReplayCache } from '../../../relay/identity/redis-replay-cache.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import {
  audience,
  claimsFor,
  collectingLog,
  issuerConfig,
  openAuthenticator,
  signToken,
  startIssuer,
  testKey,
  type TestIssuer,
} from './test-issuer.ts';

const url = `${audience}/v1/catalog`;

/** A bound token with a proof for it. */
async function boundCredentials(issuer: TestIssuer, nonce?: string): Promise<Credentials> {
  const [key, holder] = await Promise.all([testKey('ES256'), testKey('ES256', 'holder')]);
  const { kty, crv, x, y } = holder.publicJwk;
  const jwk = { kty, crv, x, y } as JWK;
  const token = await signToken(
    key,
    claimsFor(issuer.url, Date.now(), { cnf: { jkt: await calculateJwkThumbprint(jwk) } }),
  );
  const dpopProof = await new SignJWT({
    htm: 'GET',
    htu: url,
    ath: hash('sha256', token, 'base64url'),
    jti: crypto.randomUUID(),
    ...(nonce === undefined ? {} : { nonce }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
    .setIssuedAt()
    .sign(holder.privateKey);
  return { scheme: 'dpop', token, dpopProof, method: 'GET', url };
}

describe('a DPoP proof at relays that share Redis', () => {
  it.runIf(redisProgram !== null)('counts once: at the same relay, at a second one, and after a restart', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const issuer = await startIssuer([await testKey('ES256')]);
    const { log } = collectingLog();
    const openRelay = (): ReturnType<typeof openAuthenticator> =>
      openAuthenticator([issuerConfig(issuer.url)], {
        replays: createRedisReplayCache({ url: redis.url, prefix: 'test', lifetimeMs: 121_000, timeoutMs: 5000, log }),
      });
    const [first, second] = [openRelay(), openRelay()];
    const credentials = await boundCredentials(issuer);
    await expect(first.authenticate(credentials)).resolves.toMatchObject({ subject: 'subject-alice' });
    for (const relay of [first, second, openRelay()])
      await expect(relay.authenticate(credentials)).rejects.toThrow('was used before');
    const client = await createClient({ url: redis.url }).connect();
    const keys = await client.keys('*');
    expect(keys).toHaveLength(1);
    expect(await client.pTTL(keys[0] ?? '')).toBeGreaterThan(100_000);
    client.destroy();
  });

  it.runIf(redisProgram !== null)('is refused as overload, never let through, while Redis is gone', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const issuer = await startIssuer([await testKey('ES256')]);
    const { log } = collectingLog();
    const relay = openAuthenticator([issuerConfig(issuer.url)], {
      replays: createRedisReplayCache({ url: redis.url, prefix: 'test', lifetimeMs: 121_000, timeoutMs: 5000, log }),
    });
    await relay.authenticate(await boundCredentials(issuer));
    await redis.stop();
    await expect(relay.authenticate(await boundCredentials(issuer))).rejects.toMatchObject({ code: 'overloaded' });
  });
});

describe('nonces of the relay', () => {
  it('are demanded, accepted, and void after a restart', async () => {
    const issuer = await startIssuer([await testKey('ES256')]);
    const relay = openAuthenticator([issuerConfig(issuer.url, { dpop_nonce: true })]);
    const challenge = await relay.authenticate(await boundCredentials(issuer)).catch((error: unknown) => error);
    expect(challenge).toBeInstanceOf(DpopNonceError);
    const { nonce } = challenge as DpopNonceError;
    const credentials = await boundCredentials(issuer, nonce);
    await expect(relay.authenticate(credentials)).resolves.toBeDefined();
    await expect(relay.authenticate(credentials)).rejects.toThrow('was used before');
    const restarted = openAuthenticator([issuerConfig(issuer.url, { dpop_nonce: true })]);
    await expect(restarted.authenticate(credentials)).rejects.toBeInstanceOf(DpopNonceError);
  });

  it('change with time; the one before still counts, older and foreign ones don’t', () => {
    const clock = { nowMs: 0 };
    const nonces = createDpopNonces({ now: () => clock.nowMs, lifetimeMs: 1000 });
    const first = nonces.current();
    clock.nowMs = 1999;
    expect(nonces.current()).not.toBe(first);
    expect(nonces.isValid(first)).toBe(true);
    clock.nowMs = 2000;
    expect(nonces.isValid(first)).toBe(false);
    for (const wrong of ['', 'x', 7, undefined, null, `${nonces.current()}x`])
      expect(nonces.isValid(wrong)).toBe(false);
  });
});

describe('a token that is bound to a certificate', () => {
  it('counts only with that certificate', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const relay = openAuthenticator([issuerConfig(issuer.url)]);
    const thumb = 'B'.repeat(43);
    const token = await signToken(key, claimsFor(issuer.url, Date.now(), { cnf: { 'x5t#S256': thumb } }));
    const base = { scheme: 'bearer', token, dpopProof: undefined, method: 'GET', url } as const;
    for (const [used, says] of [
      [undefined, /the connection has none/],
      ['', /the connection has none/],
      ['A'.repeat(43), /another client certificate/],
    ] as const)
      await expect(relay.authenticate({ ...base, clientCertificateSha256: used })).rejects.toThrow(says);
    await expect(relay.authenticate({ ...base, clientCertificateSha256: thumb })).resolves.toBeDefined();
  });
});
