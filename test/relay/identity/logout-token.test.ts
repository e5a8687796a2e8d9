import { describe, expect, it } from 'vitest';
import {
  authenticateBearer,
  claimsFor,
  issuerConfig,
  openAuthenticator,
  signToken,
  startIssuer,
  testKey,
} from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const event = 'http://schemas.openid.net/event/backchannel-logout';

/** A relay with its issuer, and a maker of logout tokens as OpenID Connect Back-Channel Logout 1.0 §2.4 shows them. */
async function setUp() {
  const key = await testKey('ES256');
  const issuer = await startIssuer([key]);
  const clock = { nowMs };
  const relay = openAuthenticator([issuerConfig(issuer.url)], { now: () => clock.nowMs });
  const accessToken = (given: object = {}): Promise<string> =>
    signToken(key, claimsFor(issuer.url, clock.nowMs, { ...given }));
  const logoutToken = (given: object = {}, header: object = {}): Promise<string> =>
    signToken(
      key,
      {
        iss: issuer.url,
        aud: 'causeway',
        iat: clock.nowMs / 1000,
        exp: clock.nowMs / 1000 + 120,
        jti: crypto.randomUUID(),
        sub: 'subject-alice',
        events: { [event]: {} },
        ...given,
      },
      { typ: 'logout+jwt', ...header },
    );
  return { relay, clock, accessToken, logoutToken };
}

describe('a logout token', () => {
  const bad: readonly [string, object, object?][] = [
    ['of another audience', { aud: 'other' }],
    ['without events', { events: undefined }],
    ['with another event', { events: { 'https://other.example': {} } }],
    ['with a nonce', { nonce: 'n' }],
    ['without sub and sid', { sub: undefined }],
    ['without jti', { jti: undefined }],
    ['from long ago', { iat: nowMs / 1000 - 600 }],
    ['without iat', { iat: undefined }],
    ['that has ended', { exp: nowMs / 1000 - 100 }],
    ['of another issuer', { iss: 'https://other.example' }],
    ['typed as an access token', {}, { typ: 'at+jwt' }],
  ];
  for (const [name, claims, header] of bad)
    it(`${name} is refused and ends nothing`, async () => {
      const { relay, accessToken, logoutToken } = await setUp();
      await expect(relay.acceptLogoutToken(await logoutToken(claims, header))).rejects.toMatchObject({
        code: 'token-rejected',
      });
      await expect(authenticateBearer(relay, await accessToken())).resolves.toBeDefined();
    });

  it('is refused when its signature is wrong, and when it comes twice', async () => {
    const { relay, logoutToken } = await setUp();
    const token = await logoutToken();
    const other = await logoutToken();
    const mixed = `${token.slice(0, token.lastIndexOf('.'))}${other.slice(other.lastIndexOf('.'))}`;
    await expect(relay.acceptLogoutToken(mixed)).rejects.toThrow(/isn’t signed by its issuer/);
    await relay.acceptLogoutToken(token);
    await expect(relay.acceptLogoutToken(token)).rejects.toThrow(/used before/);
  });

  it('of a person ends all tokens from before, and none that the person gets later', async () => {
    const { relay, clock, accessToken, logoutToken } = await setUp();
    const before = await accessToken();
    await authenticateBearer(relay, before);
    await relay.acceptLogoutToken(await logoutToken());
    await expect(authenticateBearer(relay, before)).rejects.toMatchObject({ code: 'session-revoked' });
    await expect(authenticateBearer(relay, await accessToken({ sub: 'bob' }))).resolves.toBeDefined();
    clock.nowMs += 1000;
    await expect(authenticateBearer(relay, await accessToken())).resolves.toBeDefined();
  });

  it('of a session ends that session, not the person’s others', async () => {
    const { relay, accessToken, logoutToken } = await setUp();
    await expect(relay.acceptLogoutToken(await logoutToken({ sid: 's1' }))).resolves.toMatchObject({ sid: 's1' });
    await expect(authenticateBearer(relay, await accessToken({ sid: 's1' }))).rejects.toMatchObject({
      code: 'session-revoked',
    });
    await expect(authenticateBearer(relay, await accessToken({ sid: 's2' }))).resolves.toBeDefined();
    await expect(authenticateBearer(relay, await accessToken())).rejects.toMatchObject({ code: 'session-revoked' });
  });

  it('never passes as an access token', async () => {
    const { relay, logoutToken } = await setUp();
    await expect(authenticateBearer(relay, await logoutToken())).rejects.toMatchObject({ code: 'token-rejected' });
  });
});
