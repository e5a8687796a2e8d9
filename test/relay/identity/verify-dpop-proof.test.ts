import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, SignJWT, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import type { ReloadableAuthenticator } from '../../../relay/identity/create-authenticator.ts';
import type { Credentials, Identity } from '../../../relay/identity/identity.ts';
import { createReplayCache } from '../../../relay/identity/replay-cache.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import {
  audience,
  claimsFor,
  issuerConfig,
  openAuthenticator,
  signToken,
  startIssuer,
  testKey,
  type TestKey,
} from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;
const url = `${audience}/v1/catalog`;

interface Setting {
  readonly authenticator: ReloadableAuthenticator;
  readonly token: string;
  readonly unboundToken: string;
  readonly proofKey: TestKey;
  readonly jwk: JWK;
  readonly clock: { nowMs: number };
}

async function setUp(): Promise<Setting> {
  const [key, proofKey] = await Promise.all([testKey('ES256'), testKey('ES256', 'proof')]);
  const issuer = await startIssuer([key]);
  const clock = { nowMs };
  const authenticator = openAuthenticator([issuerConfig(issuer.url)], { now: () => clock.nowMs });
  const { kty, crv, x, y } = proofKey.publicJwk;
  const jwk = { kty, crv, x, y } as JWK;
  const jkt = await calculateJwkThumbprint(jwk);
  const token = await signToken(key, claimsFor(issuer.url, nowMs, { cnf: { jkt } }));
  return {
    authenticator,
    token,
    unboundToken: await signToken(key, claimsFor(issuer.url, nowMs)),
    proofKey,
    jwk,
    clock,
  };
}

function ath(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function proof(setting: Setting, claims: object = {}, header: object = {}, key = setting.proofKey): Promise<string> {
  const all = { htm: 'GET', htu: url, iat: now, jti: randomUUID(), ath: ath(setting.token), ...claims };
  return new SignJWT(all)
    .setProtectedHeader({ alg: key.alg, typ: 'dpop+jwt', jwk: setting.jwk, ...header })
    .sign(key.privateKey);
}

function present(setting: Setting, dpopProof: string | undefined, given: Partial<Credentials> = {}): Promise<Identity> {
  return setting.authenticator.authenticate({
    scheme: 'dpop',
    token: setting.token,
    dpopProof,
    method: 'GET',
    url,
    ...given,
  });
}

type Forge = (setting: Setting) => Promise<string | undefined> | string | undefined;
const refusals: readonly [string, Forge, RegExp, ErrorCode?][] = [
  ['no proof', () => undefined, /missing/],
  ['a proof that is no JWT', () => 'abc', /three parts/],
  ['two proofs in one', async (s) => `${await proof(s)},${await proof(s)}`, /encrypted/],
  ['another typ', (s) => proof(s, {}, { typ: 'JWT' }), /typ/],
  [
    'alg none',
    async (s) =>
      `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: s.jwk })).toString('base64url')}.e30.`,
    /algorithm/,
  ],
  ['no key', (s) => proof(s, {}, { jwk: undefined }), /no key/],
  ['a private key', async (s) => proof(s, {}, { jwk: await exportJWK(s.proofKey.privateKey) }), /private/],
  ['a symmetric key', (s) => proof(s, {}, { jwk: { kty: 'oct', k: 'AAAA' } }), /symmetric/],
  [
    'a key that didn’t sign it',
    async (s) => proof(s, {}, { jwk: (await testKey('ES256', 'third')).publicJwk }),
    /isn’t signed/,
  ],
  [
    'another key than the token’s',
    async (s) => {
      const third = await testKey('ES256', 'third');
      return proof(s, {}, { jwk: third.publicJwk }, third);
    },
    /another key/,
  ],
  ['another method', (s) => proof(s, { htm: 'POST' }), /method/],
  ['a method in small letters', (s) => proof(s, { htm: 'get' }), /method/],
  ['another path', (s) => proof(s, { htu: `${audience}/v1/tunnel` }), /address/],
  ['another relay', (s) => proof(s, { htu: 'https://other.example/v1/catalog' }), /address/],
  ['no address', (s) => proof(s, { htu: undefined }), /address/],
  ['another token’s hash', (s) => proof(s, { ath: ath('other') }), /another token/],
  ['no token hash', (s) => proof(s, { ath: undefined }), /another token/],
  ['no jti', (s) => proof(s, { jti: undefined }), /jti/],
  ['a jti of 1,000 characters', (s) => proof(s, { jti: 'x'.repeat(1000) }), /jti/],
  ['iat as string', (s) => proof(s, { iat: String(now) }), /iat/],
  ['no iat', (s) => proof(s, { iat: undefined }), /iat/],
  ['iat 61 s ago', (s) => proof(s, { iat: now - 61 }), /61 s behind/, 'clock-skew'],
  ['iat 61 s ahead', (s) => proof(s, { iat: now + 61 }), /61 s ahead/, 'clock-skew'],
  ['iat five minutes ahead', (s) => proof(s, { iat: now + 300 }), /300 s ahead/, 'clock-skew'],
];

describe('a DPoP proof', () => {
  for (const [name, forge, says, code = 'token-rejected'] of refusals)
    it(`is refused with ${code}: ${name}`, async () => {
      const setting = await setUp();
      await expect(present(setting, await forge(setting))).rejects.toMatchObject({
        code,
        message: expect.stringMatching(says),
      });
    });

  it('is refused the second time, also with its address written differently', async () => {
    const setting = await setUp();
    const once = await proof(setting);
    await present(setting, once);
    await expect(present(setting, once)).rejects.toMatchObject({ message: expect.stringMatching(/used before/) });
    await expect(present(setting, once, { url: `${url}?again` })).rejects.toMatchObject({ code: 'token-rejected' });
    setting.clock.nowMs += 60_000;
    await expect(present(setting, once)).rejects.toMatchObject({ message: expect.stringMatching(/used before/) });
    setting.clock.nowMs += 1000;
    await expect(present(setting, once)).rejects.toMatchObject({ code: 'clock-skew' });
  });

  it('is refused in the bearer scheme and beside an unbound token', async () => {
    const setting = await setUp();
    await expect(present(setting, await proof(setting), { scheme: 'bearer' })).rejects.toMatchObject({
      code: 'token-rejected',
    });
    const unbound = await proof(setting, { ath: ath(setting.unboundToken) });
    await expect(present(setting, unbound, { token: setting.unboundToken })).rejects.toMatchObject({
      message: expect.stringMatching(/isn’t bound/),
    });
  });

  const accepted: readonly [string, object, Partial<Credentials>][] = [
    ['made for the address', {}, {}],
    ['made a minute ago', { iat: now - 60 }, {}],
    ['made a minute ahead', { iat: now + 60 }, {}],
    ['when the address has a query', {}, { url: `${url}?page=2#top` }],
    ['when host and port are written differently', { htu: 'HTTPS://Relay.Example:443/v1/catalog' }, {}],
    ['when the address comes as a path', {}, { url: '/v1/catalog' }],
    ['for a WebSocket address', { htu: 'https://relay.example/v1/tunnel' }, { url: 'wss://relay.example/v1/tunnel' }],
  ];
  for (const [name, claims, given] of accepted)
    it(`is accepted ${name}`, async () => {
      const setting = await setUp();
      await expect(present(setting, await proof(setting, claims), given)).resolves.toMatchObject({ username: 'alice' });
    });
});

describe('the memory for proofs', () => {
  it('refuses rather than forgets when it is full, and has room again when entries end', () => {
    const clock = { nowMs: 0 };
    const replays = createReplayCache({ lifetimeMs: 100, now: () => clock.nowMs, maxEntries: 3, maxPerOwner: 2 });
    expect(['1', '2', '3'].map((id) => replays.use('alice', id))).toEqual(['first', 'first', 'full']);
    expect([replays.use('bob', '1'), replays.use('bob', '2')]).toEqual(['first', 'full']);
    expect(replays.use('alice', '1')).toBe('repeated');
    clock.nowMs = 100;
    expect(replays.use('alice', '1')).toBe('first');
  });
});
