import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from '../../../relay/identity/identity.ts';
import { DpopNonceError } from '../../../relay/identity/dpop-nonces.ts';
import { createReplayCache, type ReplayUse } from '../../../relay/identity/replay-cache.ts';
import { verifyDpopProof } from '../../../relay/identity/verify-dpop-proof.ts';
import { testKey, type TestKey } from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const url = 'https://relay.example/v1/catalog';
const token = 'a.b.c';

let holder: TestKey;
let jwk: JWK;
let jkt: string;

beforeAll(async () => {
  holder = await testKey('ES256', 'holder');
  const { kty, crv, x, y } = holder.publicJwk;
  jwk = { kty, crv, x, y } as JWK;
  jkt = await calculateJwkThumbprint(jwk);
});

const algorithms: Readonly<Record<string, EcdsaParams | RsaPssParams | { name: string }>> = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  Ed25519: { name: 'Ed25519' },
};

/** Signs header and claims as they are, whatever they are; `edit` changes the text of the claims before. */
async function proofOf(header: object, claims: object, key = holder, edit = (text: string) => text): Promise<string> {
  const whole = { htm: 'GET', htu: url, iat: nowMs / 1000, jti: randomUUID(), ath: athOf(token), ...claims };
  const parts = [JSON.stringify({ alg: key.alg, typ: 'dpop+jwt', jwk, ...header }), edit(JSON.stringify(whole))];
  const signed = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
  const signature = await crypto.subtle.sign(algorithms[key.alg] ?? '', key.privateKey, Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

function athOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function verify(dpopProof: string, thumbprint = jkt, asked = url): Promise<void> {
  const credentials: Credentials = { scheme: 'dpop', token, dpopProof, method: 'GET', url: asked };
  const replays = createReplayCache({ lifetimeMs: 1000, now: () => nowMs });
  return verifyDpopProof(credentials, thumbprint, { nowMs, replays });
}

const refused = (says: RegExp | string) => ({ code: 'token-rejected', message: expect.stringMatching(says) });

describe('a DPoP proof is refused', () => {
  it.each<[claims: object, says: RegExp]>([
    [{ htm: ['GET'] }, /method/],
    [{ htu: [url] }, /address/],
    [{ htu: '/v1/catalog' }, /address/],
    [{ htu: 'http://relay.example/v1/catalog' }, /address/],
    [{ htu: 'ftp://relay.example/v1/catalog' }, /address/],
    [{ htu: 'https://a@relay.example/v1/catalog' }, /address/],
    [{ htu: 'https://:b@relay.example/v1/catalog' }, /address/],
    [{ htu: `${url}/` }, /address/],
    [{ htu: 'https://relay.example:8443/v1/catalog' }, /address/],
    [{ ath: [athOf(token)] }, /another token/],
    [{ jti: '' }, /jti/],
    [{ jti: 7 }, /jti/],
    [{ jti: 'x'.repeat(257) }, /jti/],
    [{ iat: 0 }, /no usable iat/],
    [{ iat: -1 }, /no usable iat/],
    [{ iat: [nowMs / 1000] }, /no usable iat/],
  ])('that claims %j', async (claims, says) => {
    await expect(verify(await proofOf({}, claims))).rejects.toMatchObject(refused(says));
  });

  it('that was made at no time that a clock shows', async () => {
    const proof = await proofOf({}, { iat: 7 }, holder, (text) => text.replace('"iat":7', '"iat":1e999'));
    await expect(verify(proof)).rejects.toMatchObject(refused('no usable iat'));
  });

  it.each<[header: object, says: RegExp]>([
    [{ typ: ['dpop+jwt'] }, /typ/],
    [{ typ: 'DPoP+jwt' }, /typ/],
    [{ alg: 'HS256' }, /uses algorithm/],
    [{ alg: 'none' }, /uses algorithm/],
    [{ alg: ['ES256'] }, /uses algorithm/],
    [{ alg: 'ES384' }, /isn’t signed/],
    [{ crit: [] }, /unknown extensions/],
    [{ b64: true }, /unknown extensions/],
    [{ jwk: null }, /no key/],
    [{ jwk: [] }, /no key/],
    [{ jwk: 'ES256' }, /no key/],
    [{ jwk: {} }, /no public key/],
    [{ jwk: { kty: 'AKP' } }, /no public key/],
    [{ jwk: { kty: 'EC', crv: 'P-256', x: 'AA' } }, /no usable key/],
    [{ jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 7 } }, /no usable key/],
    [{ jwk: { kty: 'OKP', crv: 'Ed25519' } }, /no usable key/],
    [{ jwk: { kty: 'RSA', n: 'AA' } }, /no usable key/],
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((member): [object, RegExp] => [
      { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', [member]: 'AA' } },
      /private or symmetric/,
    ]),
  ])('whose header holds %j', async (header, says) => {
    await expect(verify(await proofOf(header, {}))).rejects.toMatchObject(refused(says));
  });

  it('that is larger than 8 KiB', async () => {
    await expect(verify(await proofOf({}, { more: 'x'.repeat(8192) }))).rejects.toMatchObject(
      refused('larger than 8192'),
    );
  });

  it('that is empty', async () => {
    await expect(verify('')).rejects.toMatchObject(refused('is missing'));
  });
});

describe('a DPoP proof is accepted', () => {
  it.each(['ES256', 'PS256', 'Ed25519'])(
    'when a key for %s signed it, of which only what is public counts',
    async (alg) => {
      const key = await testKey(alg, 'holder');
      const proof = await proofOf({ jwk: key.publicJwk }, { jti: 'x'.repeat(256) }, key);
      await expect(verify(proof, await calculateJwkThumbprint(key.publicJwk))).resolves.toBeUndefined();
    },
  );

  it.each([
    ['http://relay.example/a', 'http://relay.example/a'],
    ['http://relay.example/a', 'ws://relay.example/a'],
    ['https://relay.example/a', 'WSS://relay.example/a?b=c'],
    ['https://RELAY.example:443/a?b#c', 'https://relay.example/a'],
  ])('for %s when %s was asked for', async (htu, asked) => {
    await expect(verify(await proofOf({}, { htu }), jkt, asked)).resolves.toBeUndefined();
  });
});

describe('a DPoP proof with a nonce of the relay', () => {
  const nonces = { current: () => 'n-2', isValid: (nonce: unknown) => nonce === 'n-1' || nonce === 'n-2' };
  const replays = { use: (): ReplayUse => 'first' };
  const withNonces = (dpopProof: string, thumbprint = jkt): Promise<void> =>
    verifyDpopProof({ scheme: 'dpop', token, dpopProof, method: 'GET', url }, thumbprint, { nowMs, replays, nonces });

  it.each(['n-1', 'n-2'])('counts whatever the clock of who made it: %s', async (nonce) => {
    await expect(withNonces(await proofOf({}, { nonce, iat: 7 }))).resolves.toBeUndefined();
  });

  it.each<[claims: object, words: string]>([
    [{}, 'needs nonce of this relay'],
    [{ nonce: 'n-0' }, 'needs a newer nonce of this relay'],
    [{ nonce: ['n-2'] }, 'needs a newer nonce of this relay'],
  ])('is asked for where it claims %j', async (claims, words) => {
    const refusal = await withNonces(await proofOf({}, claims)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DpopNonceError);
    expect(refusal).toMatchObject({ nonce: 'n-2', message: expect.stringContaining(words) });
  });

  it('is asked for only of who holds the key, by a clock that is right', async () => {
    await expect(withNonces(await proofOf({}, { iat: 7 }))).rejects.toMatchObject({ code: 'clock-skew' });
    await expect(withNonces(await proofOf({}, {}), 'A'.repeat(43))).rejects.toMatchObject(refused('another key'));
    await expect(withNonces(`${(await proofOf({}, {})).slice(0, -8)}AAAAAAAA`)).rejects.toMatchObject(
      refused('isn’t signed'),
    );
  });
});

it.each<[use: ReplayUse, code: string]>([
  ['repeated', 'token-rejected'],
  ['full', 'overloaded'],
])('a DPoP proof whose memory says %s is refused with %s', async (use, code) => {
  const credentials: Credentials = { scheme: 'dpop', token, dpopProof: await proofOf({}, {}), method: 'GET', url };
  await expect(verifyDpopProof(credentials, jkt, { nowMs, replays: { use: () => use } })).rejects.toMatchObject({
    code,
  });
});

describe('the memory for proofs', () => {
  it('counts each owner’s as they end, one by one', () => {
    const clock = { nowMs: 0 };
    const replays = createReplayCache({ lifetimeMs: 100, now: () => clock.nowMs, maxPerOwner: 3 });
    const use = (...ids: string[]): unknown[] => ids.map((id) => replays.use('alice', id));
    expect(use('1', '2')).toEqual(['first', 'first']);
    clock.nowMs = 50;
    expect(use('3', '4')).toEqual(['first', 'full']);
    clock.nowMs = 99;
    expect(use('1', '4')).toEqual(['repeated', 'full']);
    clock.nowMs = 100;
    expect(use('1', '2', '4', '3')).toEqual(['first', 'first', 'full', 'repeated']);
    clock.nowMs = 200;
    expect(use('5', '6', '7', '8')).toEqual(['first', 'first', 'first', 'full']);
  });

  it('holds two thousand of one owner unless told otherwise', () => {
    const replays = createReplayCache({ lifetimeMs: 100, now: () => 0 });
    const uses = Array.from({ length: 2001 }, (_, index) => replays.use('alice', String(index)));
    expect(uses.indexOf('full')).toBe(2000);
    expect(replays.use('bob', '1')).toBe('first');
  });
});
