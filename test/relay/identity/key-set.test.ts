import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { createKeySet } from '../../../relay/identity/key-set.ts';

const curves = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const;
const ec = (kid: string, namedCurve: keyof typeof curves = 'P-256', more: object = {}): JWK => ({
  ...generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }),
  kid,
  ...more,
});
/** A modulus whose bytes are these, and then others up to that many. */
const rsa = (kid: string, bytes: number, ...first: number[]): JWK => ({
  kty: 'RSA',
  kid,
  e: 'AQAB',
  n: Buffer.from([...first, ...Array.from({ length: bytes - first.length }, () => 0xff)]).toString('base64url'),
});
const okp = { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'okp' };

describe('a document of keys', () => {
  it.each<[what: string, value: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'keys'],
    ['a list', []],
    ['without keys', {}],
    ['with an object of keys', { keys: {} }],
    ['with more than 500', { keys: Array.from({ length: 501 }, () => null) }],
  ])('can’t be %s', async (_what, value) => {
    await expect(createKeySet(value)).rejects.toThrow('isn’t a usable JWKS');
  });

  it('may hold 500, and says why it leaves some out', async () => {
    const set = await createKeySet({ keys: [ec('a'), ...Array.from({ length: 499 }, () => null)] });
    expect(set).toMatchObject({ size: 1, kids: new Set(['a']), leftOut: ['key undefined isn’t an object'] });
  });

  it.each<[key: object, reason: string]>([
    [{ kty: 'oct', kid: 'k', k: 'AA' }, 'isn’t of a public-key kind'],
    [{ kid: 'k' }, 'isn’t of a public-key kind'],
    [{ ...rsa('k', 256), use: 'enc' }, 'is for encryption only'],
    [rsa('k', 128), 'is RSA with only 1024 bits'],
    [rsa('k', 256, 0x0f), 'is RSA with only 2044 bits'],
    [rsa('k', 256, 0), 'is RSA with only 2040 bits'],
    [{ kty: 'RSA', kid: 'k' }, 'is RSA with only'],
    [ec('k', 'P-256', { x: 'AA' }), 'can’t be read'],
    [ec('k', 'P-256', { crv: 'P-999' }), 'can’t be read'],
    [{ ...okp, kid: 'k', crv: 'X99' }, 'can’t be read'],
  ])('leaves %j out, and a token that names it hears why', async (key, reason) => {
    const set = await createKeySet({ keys: [key, ec('other')] });
    expect(set.size).toBe(1);
    expect(set.kids).toEqual(new Set(['k', 'other']));
    expect(set.leftOut).toEqual([expect.stringContaining(`key “k” ${reason}`)]);
    await expect(set.keyFor({ alg: 'ES256', kid: 'k' })).rejects.toMatchObject({
      code: 'token-rejected',
      message: expect.stringContaining(`a key that ${reason}`),
    });
  });

  it.each<[alg: string, key: JWK]>([
    ...Object.entries(curves).map(([curve, alg]): [string, JWK] => [alg, ec('k', curve as keyof typeof curves)]),
    ['EdDSA', { ...okp, kid: 'k' }],
    ['RS256', rsa('k', 256, 0x80)],
    ['RS256', rsa('k', 257, 0, 0x80)],
    ['PS256', { ...rsa('k', 256), use: 'sig' }],
  ])('keeps a key for %s, and gives the same each time', async (alg, key) => {
    const set = await createKeySet({ keys: [key] });
    const found = await set.keyFor({ alg, kid: 'k' });
    expect(found).toMatchObject({ type: 'public' });
    expect(await set.keyFor({ alg, kid: 'k' })).toBe(found);
    expect(await set.keyFor({ alg, kid: 'x' })).toBeUndefined();
    expect(set.leftOut).toEqual([]);
  });
});

describe('the choice of a key', () => {
  it('is made by kid, and by algorithm where one is published for it', async () => {
    const set = await createKeySet({ keys: [ec('a'), ec('b'), ec('c', 'P-384', { alg: 'ES384' })] });
    const [a, b] = await Promise.all(['a', 'b'].map((kid) => set.keyFor({ alg: 'ES256', kid })));
    expect(a?.equals(b as never)).toBe(false);
    expect(await set.keyFor({ alg: 'ES256', kid: 'c' })).toBeUndefined();
    expect(await set.keyFor({ alg: 'ES384' })).toMatchObject({ type: 'public' });
  });

  it.each<[what: string, header: { alg: string; kid?: string }, says: string]>([
    ['without a kid where there are several', { alg: 'ES256' }, 'doesn’t say which'],
    ['with one that stands there twice', { alg: 'ES256', kid: 'a' }, 'more than once'],
    ['with an algorithm that no key is for', { alg: 'XY256', kid: 'a' }, 'can’t be used'],
  ])('%s is none', async (_what, header, says) => {
    const set = await createKeySet({ keys: [ec('a'), ec('a'), ec('b')] });
    await expect(set.keyFor(header)).rejects.toMatchObject({
      code: 'token-rejected',
      message: expect.stringContaining(says),
    });
  });
});

describe('the fingerprint of a document', () => {
  const key = ec('a');

  it('is the same for the same keys, whatever else is published with them', async () => {
    const { fingerprint } = await createKeySet({ keys: [key] });
    expect(await createKeySet({ more: 1, keys: [{ ...key, x5c: ['AA'], d: 'AA' }] })).toMatchObject({ fingerprint });
    expect(fingerprint).not.toContain('"d"');
  });

  it.each<[what: string, keys: unknown[]]>([
    ['another key', [ec('a')]],
    ['another name', [{ ...key, kid: 'b' }]],
    ['one more', [key, ec('b')]],
    ['one more that is unfit', [key, { kid: 'c' }]],
    ['none', []],
  ])('is another one for %s', async (_what, keys) => {
    const [one, other] = await Promise.all([createKeySet({ keys: [key] }), createKeySet({ keys })]);
    expect(other.fingerprint).not.toBe(one.fingerprint);
  });
});
