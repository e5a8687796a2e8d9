import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createReplayCache } from '../../../relay/identity/replay-cache.ts';
import type { Provider } from '../../../relay/identity/provider.ts';
import { verifyLogoutToken } from '../../../relay/identity/verify-logout-token.ts';
import { issuerConfig, signToken, testKey } from './test-issuer.ts';

const issuer = 'https://sso.example';
const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;
const event = 'http://schemas.openid.net/event/backchannel-logout';

const key = await testKey('ES256');
const publicKey = createPublicKey({ key: key.publicJwk as object, format: 'jwk' });
const relayClient = { client_id: 'relay', method: 'client_secret_basic', secrets: ['${env:X}'] } as never;
const provider = {
  issuer: issuerConfig(issuer, { relay_client: relayClient }),
  keys: { keyFor: () => Promise.resolve({ key: publicKey }) },
} as unknown as Provider;

type Given = Readonly<Record<string, unknown>>;

function token(claims: Given = {}, header: Given = {}): Promise<string> {
  const all = { iss: issuer, aud: 'causeway', iat: now, jti: 'j', sub: 'alice', events: { [event]: {} }, ...claims };
  return signToken(key, all, { typ: 'logout+jwt', ...header });
}

function verify(text: string, replays = createReplayCache({ lifetimeMs: 1000, now: () => nowMs })) {
  const providerOf = (iss: unknown): Provider | undefined => (iss === issuer ? provider : undefined);
  return verifyLogoutToken(text, { providerOf, maxBytes: 16_384, nowMs, replays });
}

describe('a logout token is refused', () => {
  it.each<[claims: Given, why: RegExp, header?: Given]>([
    [{ iss: 'https://other.example' }, /isn’t an issuer of this relay/],
    [{ iss: undefined }, /isn’t an issuer of this relay/],
    [{}, /isn’t a logout token/, { typ: 'logout+jwts' }],
    [{}, /isn’t a logout token/, { typ: 'x-jwt' }],
    [{ aud: 'other' }, /meant for “other”/],
    [{ aud: undefined }, /no usable aud/],
    [{ events: undefined }, /events/],
    [{ events: null }, /events/],
    [{ events: event }, /events/],
    [{ events: [event] }, /events/],
    [{ events: { other: {} } }, /events/],
    [{ nonce: 'n' }, /nonce/],
    [{ nonce: null }, /nonce/],
    [{ sub: undefined }, /neither a usable sub nor a sid/],
    [{ sub: '' }, /neither a usable sub nor a sid/],
    [{ sub: 'x'.repeat(1025) }, /neither a usable sub nor a sid/],
    [{ sub: 7 }, /neither a usable sub nor a sid/],
    [{ sub: ['alice'] }, /neither a usable sub nor a sid/],
    [{ sub: undefined, sid: ['s'] }, /neither a usable sub nor a sid/],
    [{}, /isn’t a logout token/, { typ: ['JWT'] }],
    [{ sid: '' }, /neither a usable sub nor a sid/],
    [{ sid: 7 }, /neither a usable sub nor a sid/],
    [{ sid: 'x'.repeat(1025) }, /neither a usable sub nor a sid/],
    [{ iat: undefined }, /just now/],
    [{ iat: String(now) }, /just now/],
    [{ iat: now - 181 }, /just now/],
    [{ iat: now + 181 }, /just now/],
    [{ exp: now - 60 }, /has ended/],
    [{ exp: String(now + 60) }, /has ended/],
    [{ exp: null }, /has ended/],
    [{ jti: undefined }, /no usable jti/],
    [{ jti: '' }, /no usable jti/],
    [{ jti: 7 }, /no usable jti/],
    [{ jti: 'x'.repeat(1025) }, /no usable jti/],
  ])('with %j: %s', async (claims, why, header) => {
    const refused = verify(await token(claims, header));
    await expect(refused).rejects.toMatchObject({ code: 'token-rejected', message: expect.stringMatching(why) });
  });

  const encoded = (header: object): string => Buffer.from(JSON.stringify(header)).toString('base64url');

  it.each([{ crit: ['x'] }, { crit: [] }, { b64: false }, { b64: true }])('with %j in its header', async (more) => {
    const forged = (await token()).replace(/^[^.]+/u, encoded({ alg: 'ES256', typ: 'logout+jwt', ...more }));
    await expect(verify(forged)).rejects.toThrow('demands unknown extensions');
  });

  it.each(['none', 'HS256', 'RS512', ['ES256']])('that names the algorithm %j', async (alg) => {
    const forged = (await token()).replace(/^[^.]+/u, encoded({ alg, typ: 'logout+jwt' }));
    await expect(verify(forged)).rejects.toThrow('is signed with algorithm');
  });

  it('with the signature of another, and then uses nothing up', async () => {
    const replays = createReplayCache({ lifetimeMs: 1000, now: () => nowMs });
    const [good, other] = await Promise.all([token(), token({ sub: 'bob' })]);
    const mixed = `${good.slice(0, good.lastIndexOf('.'))}${other.slice(other.lastIndexOf('.'))}`;
    await expect(verify(mixed, replays)).rejects.toThrow('isn’t signed by its issuer');
    await expect(verify(good, replays)).resolves.toMatchObject({ subject: 'alice' });
    await expect(verify(good, replays)).rejects.toThrow('was used before');
    await expect(verify(await token({ jti: 'k' }), replays)).resolves.toMatchObject({ subject: 'alice' });
  });
});

describe('a logout token is taken', () => {
  it.each<[claims: Given, said: Given, header?: Given]>([
    [{}, { subject: 'alice', sid: undefined }],
    [{ sid: 's1' }, { subject: 'alice', sid: 's1' }],
    [
      { sub: undefined, sid: 's1' },
      { subject: undefined, sid: 's1' },
    ],
    [{ sub: 'x'.repeat(1024) }, { subject: 'x'.repeat(1024) }],
    [{ aud: ['other', 'causeway'] }, { subject: 'alice' }],
    [{ aud: 'relay' }, { subject: 'alice' }],
    [{ iat: now - 180 }, { subject: 'alice' }],
    [{ iat: now + 180 }, { subject: 'alice' }],
    [{ exp: now - 59 }, { subject: 'alice' }],
    [{ jti: 'x'.repeat(1024) }, { subject: 'alice' }],
    [{}, { subject: 'alice' }, { typ: undefined }],
    [{}, { subject: 'alice' }, { typ: 'JWT' }],
    [{}, { subject: 'alice' }, { typ: 'application/logout+jwt' }],
  ])('with %j as %j', async (claims, said, header) => {
    expect(await verify(await token(claims, header))).toMatchObject({ issuer, ...said });
  });
});
