import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import type { IssuerConfig } from '../../../relay/config/config-schema.ts';
import { issuerSchema } from '../../../relay/config/issuer-schema.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { freePort } from '../../support/free-port.ts';
import { startIdp } from '../../support/idp/start-idp.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { startHeadlessClient } from '../../support/start-headless-client.ts';
import {
  authenticateBearer,
  type ClaimChanges,
  issuerConfig,
  openAuthenticator,
  signToken,
  startIssuer,
  testKey,
} from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;
const app = '1234987819200.apps.googleusercontent.com';

/** As https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload shows it. */
function googleClaims(iss: string, given: ClaimChanges = {}): Record<string, unknown> {
  return {
    iss,
    azp: app,
    aud: app,
    sub: '10769150350006150715113082367',
    at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
    hd: 'example.com',
    email: 'jsmith@example.com',
    email_verified: true,
    iat: now,
    exp: now + 3600,
    nonce: '0394852-3190485-2490358',
    ...given,
  };
}

/** The settings that the preset makes, at a provider of the test. */
function google(issuer: string, given: Record<string, unknown> = {}): IssuerConfig {
  const wanted = { name: 'Google', preset: 'google', hosted_domain: 'example.com', client_id: app, issuer };
  return issuerSchema.parse({ ...wanted, algorithms: ['ES256'], token_kind: 'id_token', ...given });
}

async function judge(
  claims: ClaimChanges,
  header: ClaimChanges = {},
  settings: (issuer: string) => IssuerConfig = google,
): Promise<unknown> {
  const key = await testKey('ES256');
  const provider = await startIssuer([key]);
  const authenticator = openAuthenticator([settings(provider.url)], { now: () => nowMs });
  const token = await signToken(key, googleClaims(provider.url, claims), { typ: 'JWT', ...header });
  return authenticateBearer(authenticator, token).catch((error: unknown) => error);
}

describe('an ID token, where an issuer is configured for it,', () => {
  it('names the person', async () => {
    expect(await judge({})).toMatchObject({
      kind: 'person',
      username: 'jsmith@example.com',
      email: 'jsmith@example.com',
      subject: '10769150350006150715113082367',
      clientId: app,
      scopes: [],
      jkt: undefined,
    });
    expect(await judge({ aud: [app], azp: undefined, nonce: undefined, at_hash: undefined })).toMatchObject({
      kind: 'person',
    });
    expect(await judge({}, { typ: undefined })).toMatchObject({ kind: 'person' });
  });

  const refusals: readonly [name: string, claims: ClaimChanges, says: RegExp, header?: ClaimChanges][] = [
    ['for another app', { aud: 'other.apps.googleusercontent.com' }, /isn’t meant for the app alone/],
    ['for another app, by a list', { aud: ['other.apps.googleusercontent.com'] }, /isn’t meant for the app alone/],
    ['for the app and another one', { aud: [app, 'other'] }, /isn’t meant for the app alone/],
    ['for an audience that only begins like the app', { aud: `${app}.evil.example` }, /isn’t meant for the app alone/],
    ['for the relay', { aud: 'https://relay.example' }, /isn’t meant for the app alone/],
    ['without an audience', { aud: undefined }, /isn’t meant for the app alone/],
    ['with an empty list of audiences', { aud: [] }, /isn’t meant for the app alone/],
    ['given to another app', { azp: 'other.apps.googleusercontent.com' }, /was given to another app/],
    ['that is an access token by its typ', {}, /has typ “at\+jwt”/, { typ: 'at+jwt' }],
    ['that is a logout token', { events: {} }, /logout/],
    ['that is a logout token by its typ', {}, /has typ “logout\+jwt”/, { typ: 'logout+jwt' }],
    ['that is a DPoP proof', { htm: 'GET', htu: 'https://relay.example/' }, /DPoP proof/],
    ['that is an access token by its scope', { scope: 'openid' }, /access token \(scope\)/],
    ['that is an access token by its scp', { scp: ['openid'] }, /access token \(scp\)/],
    ['that is an access token by its use', { token_use: 'access' }, /is for “access”/],
    ['that is a refresh token', { typ: 'Refresh' }, /is for “Refresh”/],
    ['that is bound to a key', { cnf: { jkt: 'A'.repeat(43) } }, /bound to a key/],
    ['without a subject', { sub: undefined }, /sub/],
    ['without iat', { iat: undefined }, /iat/],
    ['without exp', { exp: undefined }, /exp/],
    ['of another Workspace', { hd: 'other.example' }, /another hd claim/],
    ['of no Workspace', { hd: undefined }, /lacks the required claim hd/],
    ['with an address that isn’t verified', { email_verified: false }, /another email_verified claim/],
    ['that brings its own key', {}, /jku/, { jku: 'https://evil.example' }],
    ['with an unencoded payload', {}, /b64/, { b64: true }],
  ];
  for (const [name, claims, says, header = {}] of refusals)
    it(`is refused when it is one ${name}`, async () => {
      const error = await judge(claims, header);
      expect(error).toMatchObject({ code: 'token-rejected', message: expect.stringMatching(says) });
    });

  it('is refused when it has ended, or is from the future', async () => {
    expect(await judge({ iat: now - 4000, exp: now - 61 })).toMatchObject({ code: 'sign-in-expired' });
    expect(await judge({ iat: now + 61 })).toMatchObject({ code: 'clock-skew' });
  });

  it('is refused when somebody else signed it', async () => {
    const [key, other] = await Promise.all([testKey('ES256'), testKey('ES256', 'other')]);
    const provider = await startIssuer([key]);
    const authenticator = openAuthenticator([google(provider.url)], { now: () => nowMs });
    const forged = await signToken(other, googleClaims(provider.url), { typ: 'JWT', kid: key.kid });
    await expect(authenticateBearer(authenticator, forged)).rejects.toThrow(/isn’t signed by its issuer/);
  });

  it.each([
    ['an opaque access token', 'ya29.a0AfH6SMBx'],
    ['nothing', ''],
  ])('isn’t replaced by %s', async (_name, token) => {
    const provider = await startIssuer([await testKey('ES256')]);
    const authenticator = openAuthenticator([google(provider.url)]);
    await expect(authenticateBearer(authenticator, token)).rejects.toMatchObject({ code: 'token-rejected' });
    expect(provider.requests.filter((path) => path.includes('ya29'))).toEqual([]);
  });
});

describe('an ID token, where no issuer is configured for it,', () => {
  const others: readonly (readonly [string, (issuer: string) => IssuerConfig])[] = [
    ['Google by its access tokens', (issuer) => google(issuer, { token_kind: 'access_token' })],
    [
      'typ: any, with the app as audience',
      (issuer) => issuerConfig(issuer, { typ: 'any', client_id: app, audience: app }),
    ],
    ['typ: strict', (issuer) => issuerConfig(issuer, { client_id: app, audience: app })],
    ['typ: any', (issuer) => issuerConfig(issuer, { typ: 'any', client_id: app, audience: 'https://relay.example' })],
  ];
  it.each(others)('is refused: %s', async (_name, settings) => {
    const bare = { at_hash: undefined, nonce: undefined };
    for (const claims of [{}, { at_hash: undefined }, { nonce: undefined }, bare])
      expect(await judge(claims, {}, settings)).toMatchObject({ code: 'token-rejected' });
  });
});

describe('a config for ID tokens', () => {
  const base = {
    name: 'x',
    issuer: 'https://idp.example',
    client_id: app,
    audience: app,
    dpop: 'off',
    token_kind: 'id_token',
  };
  const problems = (given: Record<string, unknown>): string =>
    (issuerSchema.safeParse({ ...base, ...given }).error?.issues ?? [])
      .map(({ path, message }) => `${path.join('.')} ${message}`)
      .join();

  it('is for the app alone, and without what ID tokens can’t do', () => {
    expect(problems({})).toBe('');
    expect(problems({ audience: 'https://relay.example' })).toMatch(/^audience must be the client_id/);
    expect(problems({ accepted_audiences: ['other'] })).toMatch(/^accepted_audiences must be left out/);
    expect(problems({ dpop: 'when-offered' })).toMatch(/^dpop must be off/);
    expect(problems({ introspection: {} })).toMatch(/^introspection must be left out/);
    expect(problems({ recheck_seconds: 60 })).toMatch(/^recheck_seconds must be 0/);
    expect(problems({ resource: 'https://relay.example' })).toMatch(/^resource must be left out/);
  });

  it('is never the default', () => {
    const { token_kind: _left, ...without } = base;
    expect(issuerSchema.parse(without).token_kind).toBe('access_token');
    expect(google('https://idp.example', { token_kind: undefined }).token_kind).toBe('access_token');
  });
});

it('the app presents its ID token to a relay that asks for that, and reaches an API', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-id-token-'));
  const closers: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  onTestFinished(async () => {
    for (const closer of closers.toReversed()) await closer();
  });
  const port = await freePort();
  const relayUrl = `http://127.0.0.1:${port}`;
  const idp = await startIdp({ audience: relayUrl, accessTokenFormat: 'opaque' });
  closers.push(() => idp.close());
  const api = createServer((_request, response) => response.end('an answer'));
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    api.closeAllConnections();
    api.close();
  });
  const path = join(dir, 'relay.yaml');
  const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const issuer = { issuer: idp.issuer, client_id: idp.clientId, audience: idp.clientId };
  const config = {
    relay: {
      name: 'Test',
      url: relayUrl,
      listen: { host: '127.0.0.1', port },
      data: join(dir, 'data'),
      drain_seconds: 0,
    },
    issuers: [{ name: 'Acme', ...issuer, token_kind: 'id_token', dpop: 'off' }],
    apis: [{ id: 'echo', name: 'Echo', upstream, rules: [{ name: 'all', groups: ['*'] }] }],
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  const relay = await startRelay(await loadConfig(path), pino({ level: 'silent' }));
  closers.push(() => relay.close());
  const client = await startHeadlessClient({
    ca: [],
    openBrowser: async (url) => {
      if (new URL(url).pathname !== '/session/end') await signInWithoutBrowser(url, { user: 'alice' });
    },
  });
  closers.push(() => client.close());
  const { id } = await client.signIn(relayUrl);
  const connection = await client.connect(id, 'echo');
  const response = await fetch(`http://127.0.0.1:${connection.port}/`);
  expect({ status: response.status, text: await response.text() }).toEqual({ status: 200, text: 'an answer' });
  const [decision] = queryAudit(join(dir, 'data'), { limit: 100 }).filter(({ record }) => record.type === 'decision');
  expect(decision?.record).toMatchObject({ effect: 'allow', caller: { subject: 'alice', issuer: idp.issuer } });
});
