import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { samlBridgeClientId } from '../../../relay/config/saml-issuer.ts';
import { fingerprint, keyRingSchema, newKeyRing, rotated, secretsOf } from '../../../relay/saml/bridge-key-ring.ts';
import { makeLogoutToken } from '../../../relay/saml/logout-token.ts';

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 5);
const kidsAt = (ring: ReturnType<typeof newKeyRing>, nowMs: number): (string | undefined)[] =>
  secretsOf(ring, nowMs).jwks.map(({ kid }) => kid);

describe('the keys of the bridge', () => {
  const first = newKeyRing(startMs);
  const [a] = kidsAt(first, startMs);
  const nextMs = startMs + 29 * dayMs;
  const second = rotated(first, nextMs) ?? first;
  const b = kidsAt(second, nextMs).at(1);
  const thirdMs = nextMs + 29 * dayMs;
  const third = rotated(second, thirdMs) ?? second;

  it('sign from the first moment on when there is one alone', async () => {
    const [key, ...others] = secretsOf(first, startMs).jwks;
    expect(others).toEqual([]);
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: a });
    expect(key && (await calculateJwkThumbprint(key))).toBe(a);
    expect(kidsAt(first, startMs + 400 * dayMs)).toEqual([a]);
  });

  it('get a successor a day before the first is thirty days old', () => {
    expect(rotated(first, nextMs - 1)).toBeNull();
    expect(rotated(second, nextMs)).toBeNull();
    expect(rotated(second, thirdMs - 1)).toBeNull();
    expect(second.signing).toHaveLength(2);
    expect(keyRingSchema.parse(JSON.parse(JSON.stringify(second)))).toEqual(second);
  });

  it.each([
    ['the new one is published and doesn’t sign', nextMs, [a, b]],
    ['the new one doesn’t sign for a day', nextMs + dayMs - 1, [a, b]],
    ['the new one signs, the old one stays published', nextMs + dayMs, [b, a]],
    ['the old one stays published for a day', nextMs + 2 * dayMs - 1, [b, a]],
    ['the old one is gone', nextMs + 2 * dayMs, [b]],
  ])('%s', (_what, nowMs, kids) => {
    expect(kidsAt(second, nowMs)).toEqual(kids);
    expect(secretsOf(second, nowMs).cookieKeys).toEqual(
      kids.map((kid) => secretsOf(second, nextMs).cookieKeys[kid === a ? 0 : 1]),
    );
  });

  it('lose what is no longer needed when the next one is made, and keep the secret of the nonces', () => {
    expect(third.signing).toHaveLength(2);
    expect(kidsAt(third, thirdMs)).toEqual([b, expect.any(String)]);
    expect(third.dpopNonce).toBe(first.dpopNonce);
    expect(secretsOf(first, startMs).dpopNonce).toHaveLength(32);
  });

  it('are told apart by what is published and in which order', () => {
    const at = (nowMs: number): string => fingerprint(secretsOf(second, nowMs));
    expect(new Set([nextMs, nextMs + dayMs, nextMs + 2 * dayMs].map(at)).size).toBe(3);
    expect(at(nextMs)).toBe(at(nextMs + dayMs - 1));
    expect(at(nextMs)).not.toContain('"d"');
  });

  it('sign logout tokens, for two minutes from the second on in which they are made', async () => {
    const [key] = secretsOf(first, startMs).jwks;
    if (key === undefined) throw new Error('There is no key.');
    const ended = { subject: 'alice', sessionId: 's-1' };
    const token = await makeLogoutToken(ended, 'https://relay.example/saml', key, startMs + 999);
    const { d: _private, ...published } = key;
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys: [published] }), {
      issuer: 'https://relay.example/saml',
      audience: samlBridgeClientId,
      currentDate: new Date(startMs),
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'logout+jwt', kid: a });
    expect(payload).toMatchObject({
      sub: 'alice',
      sid: 's-1',
      iat: startMs / 1000,
      exp: startMs / 1000 + 120,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(payload.jti).not.toBe('');
  });
});
