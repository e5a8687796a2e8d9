import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configSchema, type IssuerConfig } from '../../../relay/config/config-schema.ts';
import { audience, authenticateBearer, claimsFor, openAuthenticator, signToken, testKey } from './test-issuer.ts';

type Answer = { readonly status?: number; readonly body?: unknown; readonly hang?: boolean };

/** A provider with a directory: what each path answers is the test's to say; `{origin}` stands for its own address. */
async function startDirectory(answers: Record<string, Answer>) {
  const key = await testKey('ES256');
  const asked: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const origin = `http://${request.headers.host}`;
    const path = request.url ?? '';
    const metadata = {
      issuer: origin,
      jwks_uri: `${origin}/jwks`,
      token_endpoint: `${origin}/token`,
      userinfo_endpoint: `${origin}/userinfo`,
    };
    const fixed: Record<string, Answer> = {
      '/.well-known/openid-configuration': { body: metadata },
      '/jwks': { body: { keys: [key.publicJwk] } },
    };
    if (fixed[path] === undefined) asked.push({ path, authorization: request.headers.authorization });
    const {
      status = 200,
      body = {},
      hang = false,
    } = fixed[path] ?? answers[path.replace(/access_token=.*/, '')] ?? { status: 404 };
    if (!hang) response.writeHead(status).end(JSON.stringify(body).replaceAll('{origin}', origin));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, key };
}

function settings(given: Record<string, unknown>): IssuerConfig {
  const config = configSchema.parse({
    relay: { name: 'Test', url: audience },
    issuers: [{ name: 'IdP', client_id: 'causeway', audience, ...given }],
    apis: [],
  });
  return config.issuers[0] as IssuerConfig;
}

const overage = { groups: undefined, oid: 'o/1', _claim_names: { groups: 'src1' }, _claim_sources: {} };
const token = { body: { access_token: 'relay-token', token_type: 'Bearer', expires_in: 3600 } };
const path = '/users/o%2F1/groups';

// https://learn.microsoft.com/graph/api/user-list-transitivememberof
describe('groups that a token leaves out', () => {
  const setUp = async (answers: Record<string, Answer>, lookup: object = {}, claims: object = overage) => {
    const directory = await startDirectory({ '/token': token, ...answers });
    const relay = openAuthenticator([
      settings({
        issuer: directory.url,
        relay_client: { client_id: 'relay', secrets: ['${env:SECRET}'] },
        groups_lookup: {
          url: `${directory.url}/users/{oid}/groups`,
          next: '"@odata.nextLink"',
          timeout_seconds: 1,
          ...lookup,
        },
      }),
    ]);
    const call = async () =>
      authenticateBearer(
        relay,
        await signToken(directory.key, claimsFor(directory.url, Date.now(), { ...claims, jti: crypto.randomUUID() })),
      );
    return { call, directory };
  };

  it('come from the directory, over all pages, with a token of the relay’s own, and are remembered', async () => {
    const { call, directory } = await setUp({
      [path]: { body: { value: [{ id: 'a' }, { id: 'b' }], '@odata.nextLink': '{origin}/more' } },
      '/more': { body: { value: [{ id: 'c' }] } },
    });
    expect((await call()).groups).toEqual(['a', 'b', 'c']);
    expect((await call()).groups).toEqual(['a', 'b', 'c']);
    expect(directory.asked.map((one) => one.path)).toEqual(['/token', path, '/more']);
    expect(directory.asked[1]?.authorization).toBe('Bearer relay-token');
  });

  const faults: readonly [string, Record<string, Answer>, RegExp][] = [
    ['an error', { [path]: { status: 403, body: { error: 'denied' } } }, /groups overage.*status 403/],
    ['silence', { [path]: { hang: true } }, /directory of IdP didn’t give them/],
    [
      'pages without end',
      { [path]: { body: { value: [], '@odata.nextLink': `{origin}${path}` } } },
      /more than 20 pages/,
    ],
    [
      'a next page elsewhere',
      { [path]: { body: { value: [], '@odata.nextLink': 'http://127.0.0.1:9/' } } },
      /at another address/,
    ],
    [
      'no token for the relay',
      { '/token': { status: 400, body: { error: 'invalid_scope' } } },
      /the relay got no token/,
    ],
  ];
  for (const [name, answers, says] of faults)
    it(`are not guessed: ${name} refuses the token with the cause`, async () => {
      const { call } = await setUp(answers);
      await expect(call()).rejects.toMatchObject({ code: 'token-rejected', message: expect.stringMatching(says) });
    });

  it('are not asked for when the token has them, or lacks the claim to ask with', async () => {
    const { call, directory } = await setUp({});
    await expect(call()).rejects.toThrow(/status 404/);
    const withGroups = await setUp({}, {}, { groups: ['x'] });
    expect((await withGroups.call()).groups).toEqual(['x']);
    expect(withGroups.directory.asked).toEqual([]);
    const without = await setUp({}, {}, { ...overage, oid: undefined });
    await expect(without.call()).rejects.toThrow(/no usable oid claim/);
    expect(directory.asked).toHaveLength(2);
  });
});

// https://developers.google.com/identity/openid-connect/openid-connect (userinfo, hd) and the tokeninfo endpoint
describe('Google’s opaque access tokens', () => {
  const end = Math.floor(Date.now() / 1000) + 3600;
  const tokeninfo = {
    azp: 'app',
    aud: 'app',
    sub: '1017',
    scope: 'openid email',
    exp: String(end),
    expires_in: '3599',
    email: 'alice@acme.com',
    email_verified: 'true',
    access_type: 'online',
  };
  const userinfo = { sub: '1017', name: 'Alice', email: 'alice@acme.com', email_verified: true, hd: 'acme.com' };
  const call = async (answers: Record<string, Answer>) => {
    const directory = await startDirectory({
      '/groups?member=alice%40acme.com': { body: { groups: [{ email: 'sre@acme.com' }] } },
      ...answers,
    });
    const relay = openAuthenticator([
      settings({
        preset: 'google',
        hosted_domain: 'acme.com',
        client_id: 'app',
        audience: 'app',
        issuer: directory.url,
        introspection: { url: `${directory.url}/tokeninfo` },
        groups_lookup: { url: `${directory.url}/groups?member={email}`, result: 'groups.email', authorization: 'none' },
      }),
    ]);
    return authenticateBearer(relay, 'ya29.a0AfH6SMB');
  };
  it('are known by tokeninfo and userinfo, with groups of the directory', async () => {
    expect(await call({ '/tokeninfo?': { body: tokeninfo }, '/userinfo': { body: userinfo } })).toMatchObject({
      subject: '1017',
      username: 'alice@acme.com',
      name: 'Alice',
      groups: ['sre@acme.com'],
      clientId: 'app',
      expiresAtMs: end * 1000 + 60_000,
    });
  });
  it('are refused for another domain, another app, an unknown token, and somebody else’s userinfo', async () => {
    const good = { '/tokeninfo?': { body: tokeninfo }, '/userinfo': { body: userinfo } };
    await expect(call({ ...good, '/userinfo': { body: { ...userinfo, hd: undefined } } })).rejects.toThrow(
      /required claim hd/,
    );
    await expect(call({ ...good, '/userinfo': { body: { ...userinfo, hd: 'evil.com' } } })).rejects.toThrow(
      /another hd claim/,
    );
    await expect(call({ ...good, '/tokeninfo?': { body: { ...tokeninfo, aud: 'other' } } })).rejects.toThrow(
      /is meant for “other”/,
    );
    await expect(call({ ...good, '/tokeninfo?': { status: 400, body: { error: 'invalid_token' } } })).rejects.toThrow(
      /isn’t active/,
    );
    await expect(call({ ...good, '/userinfo': { body: { ...userinfo, sub: '2' } } })).rejects.toThrow(/somebody else/);
  });
});
