import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FlowSecrets, openConsoleProvider } from '../../../../relay/admin/console/console-provider.ts';
import { createPendingSignIns } from '../../../../relay/admin/console/pending-sign-in.ts';
import { issuerSettingsSchema } from '../../../../relay/config/issuer-schema.ts';
import { consoleClient } from '../../../support/idp/idp-provider.ts';
import { type Idp, startIdp } from '../../../support/idp/start-idp.ts';
import { reachCallback } from '../../../support/sign-in-without-browser.ts';

const origin = 'http://127.0.0.1:1';
const redirectUri = `${origin}/console/auth/callback`;
let idp: Idp;

beforeAll(async () => {
  idp = await startIdp({ consoleOrigin: origin });
});
afterAll(() => idp?.close());

const open = (client = {}, issuer = {}) =>
  openConsoleProvider(
    issuerSettingsSchema.parse({
      name: 'Example',
      issuer: idp.issuer,
      client_id: idp.clientId,
      audience: idp.audience,
      ...issuer,
    }),
    {
      issuer: 'Example',
      client_id: consoleClient.id,
      secrets: [consoleClient.secret],
      method: 'client_secret_basic',
      ...client,
    },
  );
const newFlowSecrets = (): FlowSecrets => ({
  verifier: randomBytes(32).toString('base64url'),
  state: randomBytes(32).toString('base64url'),
  nonce: randomBytes(32).toString('base64url'),
  proofKey: null,
});
const reached = async (secrets = newFlowSecrets()): Promise<URL> => {
  const url = await open().authorizationUrl(redirectUri, secrets);
  return new URL(await reachCallback(url.href, { user: 'dana' }));
};

describe('the exchange of a code', () => {
  it('gives tokens for the relay, renews them, and takes them back', async () => {
    const provider = open();
    const secrets = newFlowSecrets();
    const tokens = await provider.exchange(await reached(secrets), secrets);
    expect(tokens.presented).toBe(tokens.accessToken);
    const renewed = await provider.renew(tokens);
    expect(renewed.accessToken).not.toBe(tokens.accessToken);
    await provider.revoke(renewed);
    await expect(provider.renew(renewed)).rejects.toMatchObject({ code: 'sign-in-expired' });
  });

  it('goes on while the secret is changed: of two, the one that the provider takes, whichever is first', async () => {
    for (const kept of [
      ['no-longer', consoleClient.secret],
      [consoleClient.secret, 'not-yet'],
    ]) {
      const provider = open({ secrets: kept });
      const secrets = newFlowSecrets();
      const tokens = await provider.exchange(await reached(secrets), secrets);
      expect((await provider.renew(tokens)).accessToken).not.toBe(tokens.accessToken);
    }
  });

  it('binds the tokens to a key where the relay wants that, and renews them with it', async () => {
    const provider = open({}, { dpop: 'required' });
    const secrets = await provider.newSecrets();
    const url = await provider.authorizationUrl(redirectUri, secrets);
    const callback = new URL(await reachCallback(url.href, { user: 'dana' }));
    await expect(provider.exchange(callback, { ...secrets, proofKey: null })).rejects.toMatchObject({
      code: 'sign-in-failed',
    });
    const again = await provider.authorizationUrl(redirectUri, secrets);
    const tokens = await provider.exchange(new URL(await reachCallback(again.href, { user: 'dana' })), secrets);
    expect(decodeJwt(tokens.accessToken)['cnf']).toEqual({ jkt: expect.any(String) });
    expect(decodeJwt((await provider.renew(tokens)).accessToken)['cnf']).toEqual(decodeJwt(tokens.accessToken)['cnf']);
    expect((await open().newSecrets()).proofKey).toBe(null);
  });

  it.each([
    ['another nonce', { nonce: 'another' }, 'sign-in-state-mismatch'],
    ['another state', { state: 'another' }, 'sign-in-state-mismatch'],
    ['another verifier (RFC 7636)', { verifier: 'a'.repeat(43) }, 'sign-in-failed'],
  ])('is refused with %s', async (_what, changed, code) => {
    const secrets = newFlowSecrets();
    const callback = await reached(secrets);
    await expect(open().exchange(callback, { ...secrets, ...changed })).rejects.toMatchObject({ code });
  });

  it('is refused the second time', async () => {
    const secrets = newFlowSecrets();
    const callback = await reached(secrets);
    await open().exchange(callback, secrets);
    await expect(open().exchange(callback, secrets)).rejects.toMatchObject({ code: 'sign-in-failed' });
  });

  it('goes on while the secret is changed, and not with wrong ones', async () => {
    const secrets = newFlowSecrets();
    const both = open({ secrets: ['the-new-one', consoleClient.secret] });
    expect(await both.exchange(await reached(secrets), secrets)).toMatchObject({ accessToken: expect.any(String) });
    const none = open({ secrets: ['wrong', 'wrong, too'] });
    await expect(none.authorizationUrl(redirectUri, secrets)).rejects.toMatchObject({ code: 'idp-misconfigured' });
  });

  it('shows no secret in the address that ends the provider’s session', async () => {
    const url = new URL((await open().endSessionUrl(`${origin}/console/`)) ?? '');
    expect([...url.searchParams.keys()]).toEqual(['client_id', 'post_logout_redirect_uri']);
  });
});

describe('a provider', () => {
  it.each<[string, object, string]>([
    ['that calls itself otherwise', { issuer: 'https://evil.example' }, 'issuer-mismatch'],
    ['without S256', { code_challenge_methods_supported: ['plain'] }, 'idp-misconfigured'],
    ['with an endpoint in the clear', { token_endpoint: 'http://evil.example/token' }, 'idp-misconfigured'],
    ['with an address that is none', { authorization_endpoint: 'javascript:alert(1)' }, 'idp-misconfigured'],
    ['without keys', { jwks_uri: undefined }, 'idp-misconfigured'],
  ])('%s isn’t used', async (_what, metadata, code) => {
    idp.reconfigure({ metadata: metadata as Record<string, unknown> });
    await expect(open().authorizationUrl(redirectUri, newFlowSecrets())).rejects.toMatchObject({ code });
    idp.reconfigure({ metadata: {} });
  });

  it('that is away says so', async () => {
    await idp.setAvailability('refuse');
    await expect(open().authorizationUrl(redirectUri, newFlowSecrets())).rejects.toMatchObject({
      code: 'idp-unreachable',
    });
    await idp.setAvailability('up');
  });
});

describe('a sign-in under way', () => {
  const pending = { ...newFlowSecrets(), issuer: 'https://idp.example', returnTo: '/console/', replaces: null };

  it('is told once, and only to the cookie and state that it is of', async () => {
    const pendings = createPendingSignIns();
    const sealed = await pendings.seal(pending);
    expect(sealed).not.toContain(pending.verifier);
    expect(await pendings.takeOnce(sealed, 'another')).toBe('other');
    expect(await pendings.takeOnce(`${sealed.slice(0, -20)}${'A'.repeat(20)}`, pending.state)).toBe('none');
    expect(await createPendingSignIns().takeOnce(sealed, pending.state)).toBe('none');
    expect(await pendings.takeOnce(sealed, pending.state)).toEqual(pending);
    expect(await pendings.takeOnce(sealed, pending.state)).toBe('none');
  });

  it('is over after ten minutes', async () => {
    let nowMs = 1_700_000_000_000;
    const pendings = createPendingSignIns(() => nowMs);
    const sealed = await pendings.seal(pending);
    nowMs += 601_000;
    expect(await pendings.takeOnce(sealed, pending.state)).toBe('none');
  });

  it.each(['', 'a', 'eyJhbGciOiJub25lIn0.e30.', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c', 'x'.repeat(9000)])(
    'isn’t read from %s',
    async (value) => {
      expect(await createPendingSignIns().takeOnce(value, 'state')).toBe('none');
    },
  );
});
