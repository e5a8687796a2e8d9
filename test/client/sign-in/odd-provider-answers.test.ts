import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../client/network/http-client.ts';
import { browserSignIn } from '../../../client/sign-in/browser-sign-in.ts';
import { deviceSignIn } from '../../../client/sign-in/device-sign-in.ts';
import { discoverProvider, type Provider } from '../../../client/provider/discover-provider.ts';
import { endSignIn } from '../../../client/sign-in/end-sign-in.ts';
import type { SignInRequest } from '../../../client/sign-in/run-sign-in.ts';
import { requestRenewal } from '../../../client/tokens/request-renewal.ts';
import type { TokenSet } from '../../../client/tokens/token-set.ts';

type Answer = readonly [status: number, type: string | null, body: string, headers?: Record<string, string>];
const json = 'application/json';
const configurationPath = '/.well-known/openid-configuration';
const html: Answer = [403, 'text/html; charset=utf-8', '<h1>Blocked</h1>'];

let server: Server;
let issuer: string;
let http: HttpClient;
let answers: Record<string, Answer | 'cut'> = {};
let metadata: Record<string, unknown> = {};
let asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    request.resume().on('end', () => {
      const document = answers[path];
      if (path.includes('.well-known') && document === undefined) {
        response.setHeader('content-type', json);
        response.end(
          JSON.stringify({
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/keys`,
            ...metadata,
          }),
        );
        return;
      }
      asked.push(path);
      const answer = answers[path];
      if (answer === undefined || answer === 'cut') {
        request.socket.destroy();
        return;
      }
      const [status, type, body, headers] = answer;
      response.writeHead(status, { ...(type === null ? {} : { 'content-type': type }), ...headers });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  http = createHttpClient();
});

afterAll(async () => {
  await http.close();
  server.closeAllConnections();
  server.close();
});

function signedIn(change: Partial<TokenSet> = {}): TokenSet {
  return {
    version: 1,
    relayUrl: 'https://relay.example.com',
    issuer: { name: 'Test', issuer, clientId: 'app', scopes: ['openid'], dpop: 'off', redirectPorts: [] },
    scheme: 'bearer',
    accessToken: 'access',
    expiresAtMs: Date.UTC(2030, 0, 1),
    renewedAtMs: 0,
    refreshToken: 'refresh',
    idToken: 'an-id-token',
    proofKey: null,
    signedInAtMs: 0,
    signInId: 'one',
    generation: 1,
    ended: null,
    ...change,
  };
}

async function provider(of: Record<string, unknown>): Promise<Provider> {
  metadata = of;
  delete answers[configurationPath];
  asked = [];
  return await discoverProvider(signedIn().issuer, http);
}

function signInRequest(change: Partial<SignInRequest> = {}): SignInRequest {
  return {
    relayUrl: 'https://relay.example.com',
    appVersion: '0.1.0',
    http,
    openBrowser: async () => undefined,
    onStep: () => undefined,
    signal: new AbortController().signal,
    timeoutMs: 5_000,
    now: Date.now,
    ...change,
  };
}

const notJson: Answer = [400, 'text/plain', 'nope'];

describe('an answer of the revocation endpoint (RFC 7009)', () => {
  test.each<[string, Answer | 'cut', RegExp | null]>([
    ['200 without a body', [200, null, ''], null],
    ['200 with a page', [200, 'text/html', '<p>Bye</p>'], null],
    ['200 with broken JSON', [200, json, '{'], null],
    ['204', [204, null, ''], null],
    ['202 with text', [202, 'text/plain', 'accepted'], null],
    ['400 invalid_token: unknown there', [400, json, '{"error":"invalid_token"}'], null],
    ['401 for a public client, as JSON', [401, json, '{"error":"invalid_client"}'], /invalid_client/],
    [
      '401 with a challenge',
      [401, json, '{"error":"invalid_client"}', { 'www-authenticate': 'Basic realm="idp"' }],
      /HTTP 401/,
    ],
    ['401 as a page', [401, 'text/html', '<h1>Sign in</h1>'], /doesn’t let Causeway end a sign-in \(HTTP 401\)/],
    ['403 as a page', html, /HTTP 403/],
    ['404', [404, 'text/plain', 'Not found'], /HTTP 404/],
    ['405 without a body', [405, null, ''], /HTTP 405/],
    ['302 to a sign-in page', [302, null, '', { location: 'https://idp.example.com/login' }], /HTTP 302/],
    ['400 as text', notJson, /HTTP 400/],
    ['400 with an empty object', [400, json, '{}'], /HTTP 400/],
    ['400 with an array', [400, json, '[]'], /HTTP 400/],
    ['400 unauthorized_client', [400, json, '{"error":"unauthorized_client"}'], /unauthorized_client/],
    ['500 as a page', [500, 'text/html', '<h1>Error</h1>'], /couldn’t take the sign-out just now \(HTTP 500\)/],
    ['503 with Retry-After', [503, null, '', { 'retry-after': '30' }], /HTTP 503/],
    ['broken off', 'cut', /failed while signing out/],
  ])('%s', async (_name, answer, said) => {
    answers = { '/revoke': answer };
    const of = await provider({ revocation_endpoint: `${issuer}/revoke`, end_session_endpoint: `${issuer}/bye` });
    const { revocationFailure, endSessionUrl } = await endSignIn(async () => of, signedIn());
    expect(endSessionUrl).toContain('/bye?');
    expect(asked).toEqual(['/revoke', '/revoke']);
    if (said === null) {
      expect(revocationFailure).toBeNull();
      return;
    }
    expect(revocationFailure).toMatchObject({ code: 'not-revoked', message: expect.stringMatching(said) });
    expect(revocationFailure?.message).toMatch(/The sign-in there may last until .+2030-01-01/);
    expect(revocationFailure?.message).not.toMatch(/content-type|set up|undefined/);
  });

  test('nothing is demanded of a provider without the endpoints', async () => {
    const of = await provider({});
    expect(await endSignIn(async () => of, signedIn())).toEqual({ revocationFailure: null, endSessionUrl: null });
    expect(asked).toEqual([]);
  });

  test('an access token that can’t be revoked ends soon by itself; a refresh token doesn’t', async () => {
    answers = { '/revoke': [400, json, '{"error":"unsupported_token_type"}'] };
    const of = await provider({ revocation_endpoint: `${issuer}/revoke` });
    expect((await endSignIn(async () => of, signedIn({ refreshToken: null }))).revocationFailure).toBeNull();
    expect((await endSignIn(async () => of, signedIn())).revocationFailure).toMatchObject({ code: 'not-revoked' });
  });
});

describe('an answer of the token endpoint at a renewal', () => {
  test.each<[string, Answer | 'cut', string]>([
    ['a page of a firewall', html, 'idp-unreachable'],
    ['a page with 200, as of a portal', [200, 'text/html', '<h1>Wi-Fi</h1>'], 'idp-unreachable'],
    ['JSON that breaks off', [200, json, '{"access_token":'], 'idp-unreachable'],
    ['text with 400', notJson, 'idp-unreachable'],
    ['502 of a proxy', [502, 'text/html', ''], 'idp-unreachable'],
    ['429', [429, 'text/plain', 'slow down'], 'idp-unreachable'],
    ['302', [302, null, '', { location: 'https://idp.example.com/login' }], 'idp-unreachable'],
    ['broken off', 'cut', 'idp-unreachable'],
    ['no access token', [200, json, '{"token_type":"bearer"}'], 'idp-misconfigured'],
    ['an array', [200, json, '[]'], 'idp-misconfigured'],
    ['401 with a challenge', [401, json, '{}', { 'www-authenticate': 'Basic realm="x"' }], 'idp-misconfigured'],
    ['invalid_client', [401, json, '{"error":"invalid_client"}'], 'idp-misconfigured'],
    ['invalid_grant', [400, json, '{"error":"invalid_grant"}'], 'sign-in-expired'],
  ])('%s', async (_name, answer, code) => {
    answers = { '/token': answer };
    const of = await provider({});
    await expect(requestRenewal(of, signedIn({ idToken: null }), Date.now)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(new URL(issuer).host),
    });
  });
});

describe('an answer of the device endpoint', () => {
  test.each<[string, Answer | 'cut', string]>([
    ['a page of a firewall', html, 'idp-unreachable'],
    ['a page with 200', [200, 'text/html', '<h1>Wi-Fi</h1>'], 'idp-unreachable'],
    ['JSON that breaks off', [200, json, '{"device_code":'], 'idp-unreachable'],
    ['no code', [200, json, '{}'], 'idp-misconfigured'],
    ['404 as a page', [404, 'text/html', '<h1>Not found</h1>'], 'idp-unreachable'],
    ['broken off', 'cut', 'idp-unreachable'],
  ])('%s', async (_name, answer, code) => {
    answers = { '/device': answer };
    const of = await provider({ device_authorization_endpoint: `${issuer}/device` });
    const request = signInRequest();
    await expect(deviceSignIn(request, request.relayUrl, signedIn().issuer, of)).rejects.toMatchObject({ code });
  });
});

/** An unsigned ID token of the provider; `alg: none` is never accepted. */
const unsigned = (claims: object): string =>
  [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.';

describe('an answer of the token endpoint at the end of a sign-in', () => {
  const tokens = (change: object = {}): Answer => [
    200,
    json,
    JSON.stringify({ access_token: 'a', token_type: 'bearer', expires_in: 300, ...change }),
  ];

  test.each<[string, Answer | 'cut', string]>([
    ['a page of a firewall', html, 'idp-unreachable'],
    ['a page with 200', [200, 'text/html', '<h1>Wi-Fi</h1>'], 'idp-unreachable'],
    ['JSON that breaks off', [200, json, '{"access_token":'], 'idp-unreachable'],
    ['JSON without a type', [200, null, '{"access_token":"a","token_type":"bearer"}'], 'idp-misconfigured'],
    ['503 with Retry-After', [503, null, '', { 'retry-after': '5' }], 'idp-unreachable'],
    ['broken off', 'cut', 'idp-unreachable'],
    ['null', [200, json, 'null'], 'idp-misconfigured'],
    ['no token type', tokens({ token_type: undefined }), 'idp-misconfigured'],
    ['a token type that is a number', tokens({ token_type: 7 }), 'idp-misconfigured'],
    ['an access token that is an object', tokens({ access_token: {} }), 'idp-misconfigured'],
    ['a lifetime below zero', tokens({ expires_in: -1 }), 'idp-misconfigured'],
    ['a lifetime in words', tokens({ expires_in: 'soon' }), 'idp-misconfigured'],
    ['no ID token', tokens(), 'idp-misconfigured'],
    ['an ID token that is no token', tokens({ id_token: 'x' }), 'idp-misconfigured'],
    ['an unsigned ID token', tokens({ id_token: unsigned({ sub: 'a' }) }), 'idp-misconfigured'],
    ['a code that it doesn’t know', [400, json, '{"error":"invalid_grant"}'], 'sign-in-failed'],
    ['a client that it doesn’t know', [401, json, '{"error":"invalid_client"}'], 'idp-misconfigured'],
    ['an error that is a number', [400, json, '{"error":7}'], 'idp-unreachable'],
    [
      'an error that steers',
      [400, json, '{"error":"x\\u001b[2J","error_description":"\\u202Ey"}'],
      'idp-misconfigured',
    ],
  ])('%s', async (_name, answer, code) => {
    answers = { '/token': answer };
    const of = await provider({});
    const request = signInRequest({
      async openBrowser(url) {
        const { searchParams } = new URL(url);
        const back = new URL(String(searchParams.get('redirect_uri')));
        back.search = new URLSearchParams({ code: 'a-code', state: String(searchParams.get('state')) }).toString();
        await (await fetch(back)).text();
      },
    });
    const failure = await browserSignIn(request, request.relayUrl, signedIn().issuer, of).catch(
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ code, message: expect.stringContaining(new URL(issuer).host) });
    expect((failure as Error).message).not.toMatch(/[\p{Cc}\u202E]|undefined|\[object/u);
  });
});

describe('an answer to a pushed request (RFC 9126)', () => {
  test.each<[string, Answer | 'cut', string]>([
    ['a page of a firewall', html, 'idp-unreachable'],
    ['a page with 201', [201, 'text/html', '<h1>Wi-Fi</h1>'], 'idp-unreachable'],
    ['JSON that breaks off', [201, json, '{"request_uri":'], 'idp-unreachable'],
    ['200 in place of 201', [200, json, '{"request_uri":"urn:x","expires_in":60}'], 'idp-unreachable'],
    ['an empty object', [201, json, '{}'], 'idp-misconfigured'],
    ['a request_uri that is a number', [201, json, '{"request_uri":7,"expires_in":60}'], 'idp-misconfigured'],
    ['302', [302, null, '', { location: 'https://idp.example.com/login' }], 'idp-unreachable'],
    ['429', [429, null, ''], 'idp-unreachable'],
    ['broken off', 'cut', 'idp-unreachable'],
    ['a redirect address that it doesn’t know', [400, json, '{"error":"invalid_redirect_uri"}'], 'redirect-mismatch'],
    ['invalid_client', [401, json, '{"error":"invalid_client"}'], 'idp-misconfigured'],
  ])('%s', async (_name, answer, code) => {
    answers = { '/par': answer };
    const of = await provider({ pushed_authorization_request_endpoint: `${issuer}/par` });
    const request = signInRequest();
    await expect(browserSignIn(request, request.relayUrl, signedIn().issuer, of)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(new URL(issuer).host),
    });
  });
});

describe('the provider’s own document (OpenID Connect Discovery)', () => {
  const document = (change: object): Answer => [
    200,
    json,
    JSON.stringify({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      ...change,
    }),
  ];

  test.each<[string, () => Answer | 'cut', string]>([
    ['a page of a firewall', () => html, 'idp-unreachable'],
    ['a page with 200', () => [200, 'text/html', '<h1>Wi-Fi</h1>'], 'idp-unreachable'],
    ['JSON that breaks off', () => [200, json, '{'], 'idp-unreachable'],
    ['404', () => [404, 'text/plain', 'Not found'], 'idp-unreachable'],
    ['302', () => [302, null, '', { location: '/login' }], 'idp-unreachable'],
    ['503', () => [503, null, ''], 'idp-unreachable'],
    ['broken off', () => 'cut', 'idp-unreachable'],
    ['null', () => [200, json, 'null'], 'idp-misconfigured'],
    ['an array', () => [200, json, '[]'], 'idp-misconfigured'],
    ['no issuer', () => document({ issuer: undefined }), 'idp-misconfigured'],
    ['an issuer that is a number', () => document({ issuer: 7 }), 'idp-misconfigured'],
    ['another issuer', () => document({ issuer: 'https://evil.example' }), 'issuer-mismatch'],
    ['no token endpoint', () => document({ token_endpoint: undefined }), 'idp-misconfigured'],
    ['a token endpoint that is a number', () => document({ token_endpoint: 7 }), 'idp-misconfigured'],
    ['a token endpoint that is no address', () => document({ token_endpoint: 'token' }), 'idp-misconfigured'],
    [
      'a token endpoint without https',
      () => document({ token_endpoint: 'http://idp.example.com/t' }),
      'idp-misconfigured',
    ],
    ['methods that are a text', () => document({ code_challenge_methods_supported: 'plain' }), 'idp-misconfigured'],
    ['methods that are a number', () => document({ code_challenge_methods_supported: 7 }), 'idp-misconfigured'],
    ['algorithms that are an object', () => document({ dpop_signing_alg_values_supported: {} }), 'idp-misconfigured'],
    ['aliases that are a text', () => document({ mtls_endpoint_aliases: 'none' }), 'idp-misconfigured'],
    ['a revocation endpoint that is an array', () => document({ revocation_endpoint: [] }), 'idp-misconfigured'],
    ['an address that steers', () => document({ token_endpoint: 'http://x/\u001b[2J\u202E' }), 'idp-misconfigured'],
  ])('%s', async (_name, answer, code) => {
    answers = { [configurationPath]: answer() };
    const failure = await discoverProvider(signedIn().issuer, http).catch((error: Error) => error);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(new URL(issuer).host) });
    expect((failure as Error).message).not.toMatch(/[\p{Cc}\u202E]|undefined|is not a function/u);
  });
});
