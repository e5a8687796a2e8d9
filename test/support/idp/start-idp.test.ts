import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { afterEach, expect, test } from 'vitest';
import { reachCallback } from '../sign-in-without-browser.ts';
import { startIdp, type Idp, type StartIdpOptions } from './start-idp.ts';

const redirectUri = 'http://127.0.0.1:49152/callback';
const audience = 'https://relay.example.com';
const running: Idp[] = [];

async function start(options: StartIdpOptions = {}): Promise<{ idp: Idp; client: oidc.Configuration }> {
  const idp = await startIdp({ audience, ...options });
  running.push(idp);
  const client = await oidc.discovery(new URL(idp.issuer), idp.clientId, undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
  });
  return { idp, client };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((idp) => idp.close()));
});

async function signIn(client: oidc.Configuration, user: string, dpop?: oidc.DPoPHandle) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const parameters = {
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  };
  const url =
    client.serverMetadata().pushed_authorization_request_endpoint === undefined
      ? oidc.buildAuthorizationUrl(client, parameters)
      : await oidc.buildAuthorizationUrlWithPAR(client, parameters, dpop === undefined ? {} : { DPoP: dpop });
  const callback = await reachCallback(url.href, { user });
  return oidc.authorizationCodeGrant(
    client,
    new URL(callback),
    { pkceCodeVerifier: verifier, expectedState: state },
    {},
    dpop === undefined ? {} : { DPoP: dpop },
  );
}

test('a request without PKCE is refused', async () => {
  const { client } = await start();
  const url = oidc.buildAuthorizationUrl(client, { redirect_uri: redirectUri, scope: 'openid', state: 's' });
  const callback = new URL(await reachCallback(url.href, { user: 'alice' }));
  expect(callback.searchParams.get('error')).toBe('invalid_request');
});

test('PKCE with “plain” is refused', async () => {
  const { client } = await start();
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: randomBytes(32).toString('base64url'),
    code_challenge_method: 'plain',
    state: 's',
  });
  const callback = new URL(await reachCallback(url.href, { user: 'alice' }));
  expect(callback.searchParams.get('error')).toBe('invalid_request');
});

test('a redirect address that isn’t registered gets an error page, not a redirect', async () => {
  const { client } = await start({ redirectUris: ['http://127.0.0.1/elsewhere'] });
  const challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url');
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  await expect(reachCallback(url.href, { user: 'alice' })).rejects.toThrow(/400.*invalid_redirect_uri/u);
});

test('a wrong password stays on the sign-in page', async () => {
  const { client } = await start({ par: 'off' });
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
    code_challenge_method: 'S256',
  });
  await expect(reachCallback(url.href, { user: 'alice', password: 'wrong' })).rejects.toThrow(/401/u);
});

test.each([
  { name: 'the person cancels', denied: [], decision: 'deny' as const },
  { name: 'the provider refuses the person', denied: ['bob'], decision: 'allow' as const },
])('access_denied comes back with iss when $name', async ({ denied, decision }) => {
  const { idp, client } = await start({ deniedUsers: denied, par: 'off' });
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'abc',
  });
  const callback = new URL(await reachCallback(url.href, { user: 'bob', decision }));
  expect(Object.fromEntries(callback.searchParams)).toMatchObject({
    error: 'access_denied',
    state: 'abc',
    iss: idp.issuer,
  });
});

test('alice gets an at+jwt for the relay with her groups, without asking for the resource', async () => {
  const { idp, client } = await start();
  const tokens = await signIn(client, 'alice');
  const verified = await jwtVerify(tokens.access_token, createRemoteJWKSet(new URL(`${idp.issuer}/jwks`)), {
    issuer: idp.issuer,
    audience,
    typ: 'at+jwt',
  });
  expect(verified.payload).toMatchObject({
    sub: 'alice',
    name: 'Alice Moreau',
    email: 'alice@example.com',
    preferred_username: 'alice',
    groups: ['developers', 'sre'],
    client_id: 'causeway-desktop',
    auth_time: expect.any(Number),
  });
  expect(tokens.claims()).toMatchObject({ sub: 'alice', name: 'Alice Moreau' });
  expect(idp.counts).toMatchObject({ par: 1, codeExchanges: 1, refreshes: 0 });
});

test('a refresh rotates the refresh token, and the old one ends the whole grant', async () => {
  const { idp, client } = await start();
  const first = await signIn(client, 'alice');
  const second = await oidc.refreshTokenGrant(client, first.refresh_token ?? '');
  expect(second.refresh_token).not.toBe(first.refresh_token);
  await expect(oidc.refreshTokenGrant(client, first.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  await expect(oidc.refreshTokenGrant(client, second.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  expect(idp.counts).toMatchObject({ refreshes: 1, refusedRefreshes: 2 });
});

test.each(['on', 'nonce'] as const)('a DPoP proof binds the token to its key (dpop: %s)', async (dpop) => {
  const { client } = await start({ dpop });
  const handle = oidc.getDPoPHandle(client, await oidc.randomDPoPKeyPair());
  const tokens = await signIn(client, 'alice', handle);
  expect(tokens.token_type).toBe('dpop');
  const payload = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString()) as unknown;
  expect(payload).toMatchObject({ cnf: { jkt: await handle.calculateThumbprint() } });
});

test('without PAR and DPoP the metadata doesn’t offer them', async () => {
  const { client } = await start({ par: 'off', dpop: 'off' });
  const metadata = client.serverMetadata();
  expect(metadata.pushed_authorization_request_endpoint).toBeUndefined();
  expect(metadata.dpop_signing_alg_values_supported).toBeUndefined();
  expect((await signIn(client, 'carol')).token_type).toBe('bearer');
});

test('published metadata can lie', async () => {
  const { idp } = await start();
  idp.reconfigure({ metadata: { issuer: 'https://evil.example', code_challenge_methods_supported: ['plain'] } });
  const metadata = await (await fetch(`${idp.issuer}/.well-known/openid-configuration`)).json();
  expect(metadata).toMatchObject({ issuer: 'https://evil.example', code_challenge_methods_supported: ['plain'] });
});

test('opaque tokens are active by introspection until they are revoked', async () => {
  const { idp, client } = await start({ accessTokenFormat: 'opaque' });
  const tokens = await signIn(client, 'bob');
  const introspect = async (): Promise<unknown> => {
    const { id, secret } = idp.introspectionClient;
    const response = await fetch(`${idp.issuer}/token/introspection`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ token: tokens.access_token }),
    });
    return response.json();
  };
  expect(tokens.access_token.split('.')).toHaveLength(1);
  expect(await introspect()).toMatchObject({ active: true, sub: 'bob', groups: ['finance'] });
  await oidc.tokenRevocation(client, tokens.access_token);
  expect(await introspect()).toEqual({ active: false });
  expect(idp.counts.revocation).toBe(1);
});

test('after a key rotation new tokens carry a new kid, and sign-ins go on', async () => {
  const { idp, client } = await start();
  const first = await signIn(client, 'alice');
  await idp.rotateKeys();
  const second = await oidc.refreshTokenGrant(client, first.refresh_token ?? '');
  expect(decodeProtectedHeader(second.access_token).kid).not.toBe(decodeProtectedHeader(first.access_token).kid);
});

test('it can refuse connections, fail, and come back at the same address', async () => {
  const { idp } = await start();
  const url = `${idp.issuer}/jwks`;
  await idp.setAvailability('refuse');
  await expect(fetch(url)).rejects.toThrow();
  await idp.setAvailability('error');
  expect((await fetch(url)).status).toBe(503);
  await idp.setAvailability('up');
  expect((await fetch(url)).status).toBe(200);
});

test('a minted token is what the token endpoint would sign, with the claims that a test wants', async () => {
  const { idp } = await start({ clockOffsetMs: 120_000 });
  const token = await idp.mintAccessToken({ user: 'dana', claims: { groups: [] }, expiresInSeconds: 5 });
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${idp.issuer}/jwks`)), {
    currentDate: new Date(Date.now() + 120_000),
  });
  expect(payload).toMatchObject({ sub: 'dana', aud: audience, groups: [] });
});
