import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import { type BreakGlassWorld, optionsOf, PersonBrowser, returnOf, startBreakGlassWorld } from './break-glass-world.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';
import { createTestClient, type TestClient } from './test-client.ts';

let world: BreakGlassWorld;
let key: SoftAuthenticator;
let close = (): Promise<void> => Promise.resolve();
beforeAll(async () => {
  world = await startBreakGlassWorld({ lockout: { address_failures: 1000 } }, {}, (closer) => (close = closer));
  key = new SoftAuthenticator(world.relayUrl);
  await new PersonBrowser(world).enrolPasskey(world.invite('kim'), key);
});
afterAll(() => close());

/** Signs in; answers the code that the client is given. */
async function codeFor(client: TestClient): Promise<string> {
  const person = new PersonBrowser(world);
  const page = await person.open(client.authorizeUrl());
  const done = await person.usePasskey(page, key.get(optionsOf(page)));
  return new URL(returnOf(done)).searchParams.get('code') ?? '';
}

describe('a code', () => {
  it('becomes tokens for the key that the sign-in began with, without any to renew with', async () => {
    const client = await createTestClient(world.issuer);
    const { status, body } = await client.redeem(await codeFor(client));
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'DPoP', scope: 'openid' });
    expect(body).not.toHaveProperty('refresh_token');
    const token = String(body['access_token']);
    expect(decodeJwt(token)).toMatchObject({
      iss: world.issuer,
      sub: 'kim',
      aud: world.relayUrl,
      name: 'Kim Lee',
      groups: ['keepers', 'break-glass'],
      amr: ['hwk', 'user', 'mfa'],
      break_glass: true,
    });
    expect(decodeJwt(String(body['id_token']))).toMatchObject({ aud: 'causeway', nonce: 'a nonce' });

    const url = `${world.relayUrl}/v1/catalog`;
    const ask = (headers: Record<string, string>) => fetch(url, { headers });
    expect((await ask({ authorization: `DPoP ${token}`, dpop: await client.proof('GET', url, token) })).status).toBe(
      200,
    );
    expect((await ask({ authorization: `Bearer ${token}` })).status).toBe(401);
    const thief = await createTestClient(world.issuer);
    expect((await ask({ authorization: `DPoP ${token}`, dpop: await thief.proof('GET', url, token) })).status).toBe(
      401,
    );
  });

  it.each<[what: string, changes: Record<string, string>, error: string]>([
    ['with another verifier', { code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
    ['without a verifier', { code_verifier: '' }, 'invalid_grant'],
    ['for another redirect address', { redirect_uri: 'http://127.0.0.1:1/callback' }, 'invalid_grant'],
    ['of another client', { client_id: 'other' }, 'invalid_client'],
    ['as a refresh token', { grant_type: 'refresh_token' }, 'unsupported_grant_type'],
  ])('%s is refused', async (_what, changes, error) => {
    const client = await createTestClient(world.issuer);
    const code = await codeFor(client);
    expect(await client.redeem(code, changes)).toMatchObject({ status: 400, body: { error } });
    // Whoever has shown the code wrongly has spent it.
    if (error === 'invalid_grant') expect((await client.redeem(code)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('counts once', async () => {
    const client = await createTestClient(world.issuer);
    const code = await codeFor(client);
    const answers = await Promise.all([client.redeem(code), client.redeem(code)]);
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 400]);
  });

  it('of another key’s proof, or without one, is refused', async () => {
    const [client, thief] = [await createTestClient(world.issuer), await createTestClient(world.issuer)];
    const stolen = await thief.proof('POST', `${world.issuer}/token`);
    expect((await client.redeem(await codeFor(client), {}, stolen)).body).toMatchObject({
      error: 'invalid_dpop_proof',
    });
    expect((await client.redeem(await codeFor(client), {}, null)).body).toMatchObject({ error: 'invalid_dpop_proof' });
    const elsewhere = await client.proof('POST', `${world.relayUrl}/v1/catalog`);
    expect((await client.redeem(await codeFor(client), {}, elsewhere)).body).toMatchObject({
      error: 'invalid_dpop_proof',
    });
  });

  it('of an account that was disabled meanwhile is refused', async () => {
    const client = await createTestClient(world.issuer);
    const code = await codeFor(client);
    const store = openBreakGlassStore(world.dataDir, Date.now);
    store.change('kim', () => ({ disabled: true }));
    expect((await client.redeem(code)).body).toMatchObject({ error: 'invalid_grant' });
    store.change('kim', () => ({ disabled: false }));
    store.close();
  });
});

describe('a request to sign in', () => {
  it.each<[what: string, changes: Record<string, string | null>]>([
    ['that leads to another site', { redirect_uri: 'https://evil.example.com/callback' }],
    ['that leads to a name that may be anybody’s', { redirect_uri: 'http://localhost:4000/callback' }],
    ['that leads to a user before this computer', { redirect_uri: 'http://127.0.0.1@evil.example.com/callback' }],
    ['that leads to no port', { redirect_uri: 'http://127.0.0.1:99999/callback' }],
    ['that leads to another path', { redirect_uri: 'http://127.0.0.1:4000/other' }],
    ['of another client', { client_id: 'other' }],
    [
      'that leads to a console which offers no such sign-in',
      { redirect_uri: 'http://127.0.0.1:8443/console/auth/callback' },
    ],
    ['for a token at once', { response_type: 'token' }],
    ['without PKCE', { code_challenge: null }],
    ['with plain PKCE', { code_challenge_method: 'plain' }],
    ['without a key', { dpop_jkt: null }],
    ['without a state', { state: null }],
  ])('%s goes nowhere', async (_what, changes) => {
    const response = await fetch((await createTestClient(world.issuer)).authorizeUrl(changes), { redirect: 'manual' });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).not.toContain('evil.example.com');
  });

  it('with a parameter twice goes nowhere', async () => {
    const url = (await createTestClient(world.issuer)).authorizeUrl();
    expect((await fetch(`${url}&redirect_uri=https://evil.example.com`)).status).toBe(400);
  });
});

describe('a token that only looks like one', () => {
  it('signed by somebody else for this issuer is refused', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const { SignJWT } = await import('jose');
    const jkt = await calculateJwkThumbprint(await exportJWK(publicKey));
    const jwks = (await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: { kid: string; d?: string }[] };
    expect(jwks.keys.every(({ d }) => d === undefined)).toBe(true);
    const token = await new SignJWT({ groups: ['keepers'], cnf: { jkt }, client_id: 'causeway' })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: jwks.keys[0]?.kid ?? '' })
      .setIssuer(world.issuer)
      .setSubject('kim')
      .setAudience(world.relayUrl)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
    const response = await fetch(`${world.relayUrl}/v1/catalog`, { headers: { authorization: `DPoP ${token}` } });
    expect(response.status).toBe(401);
  });
});
