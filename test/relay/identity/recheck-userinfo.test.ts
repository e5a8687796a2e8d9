import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  authenticateBearer,
  claimsFor,
  collectingLog,
  issuerConfig,
  openAuthenticator,
  signToken,
  testKey,
} from './test-issuer.ts';

const nowMs = 1_800_000_000_000;

/** A provider without introspection, whose userinfo endpoint answers with `status`. */
async function setUp() {
  const key = await testKey('ES256');
  const asked: (string | undefined)[] = [];
  const world = { status: 200 };
  const server = createServer((request, response) => {
    if (request.url === '/jwks') response.end(JSON.stringify({ keys: [key.publicJwk] }));
    else if (request.url === '/userinfo') {
      asked.push(request.headers.authorization);
      response.writeHead(world.status).end('{}');
    } else response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks`, userinfo_endpoint: `${url}/userinfo` }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { log, lines } = collectingLog();
  const authenticator = openAuthenticator([issuerConfig(url, { recheck_seconds: 60 })], { now: () => nowMs, log });
  const token = (claims: Record<string, unknown> = {}): Promise<string> =>
    signToken(key, claimsFor(url, nowMs, claims));
  return { authenticator, asked, lines, token, world };
}

describe('an open session at a provider without introspection', () => {
  it('goes on when the userinfo endpoint takes no token at all, which the log says once', async () => {
    const { authenticator, lines, token, world } = await setUp();
    world.status = 401;
    const identity = await authenticateBearer(authenticator, await token());
    expect(await authenticator.recheck(identity)).toBe('unknown');
    expect(await authenticator.recheck(identity)).toBe('unknown');
    expect(lines.filter((line) => line.includes('recheck_seconds has no effect'))).toHaveLength(1);
  });

  it('has ended once its person signed out or its issuer is gone, whatever the provider says', async () => {
    const { authenticator, asked, token } = await setUp();
    const [first, second] = [await token({ jti: 'a', sub: 'a' }), await token({ jti: 'b', sub: 'b' })];
    const identity = await authenticateBearer(authenticator, first);
    const other = await authenticateBearer(authenticator, second);
    await authenticator.signOut(identity);
    expect(await authenticator.recheck(identity)).toBe('ended');
    expect(asked).toEqual([]);
    expect(await authenticator.recheck(other)).toBe('active');
    authenticator.replaceIssuers([]);
    expect(await authenticator.recheck(other)).toBe('ended');
    expect(asked).toHaveLength(1);
  });

  it('ends when that endpoint refuses what it took before, and its token opens no other session', async () => {
    const { authenticator, asked, token, world } = await setUp();
    const text = await token();
    const identity = await authenticateBearer(authenticator, text);
    expect(await authenticator.recheck(identity)).toBe('active');
    for (const status of [500, 403]) {
      world.status = status;
      expect(await authenticator.recheck(identity)).toBe('unknown');
    }
    world.status = 401;
    expect(await authenticator.recheck(identity)).toBe('ended');
    await expect(authenticateBearer(authenticator, text)).rejects.toMatchObject({ code: 'session-revoked' });
    expect(await authenticateBearer(authenticator, await token({ jti: 'token-2' }))).toMatchObject({ kind: 'person' });
    expect(asked[0]).toBe(`Bearer ${text}`);
  });

  it.each<[string, Record<string, unknown>]>([
    ['bound to a certificate', { cnf: { 'x5t#S256': 'A'.repeat(43) } }],
    ['of a service', { sub: 'causeway' }],
  ])('isn’t asked about there with a token %s', async (_what, claims) => {
    const { authenticator, asked, token } = await setUp();
    const identity = await authenticator.authenticate({
      scheme: 'bearer',
      token: await token(claims),
      dpopProof: undefined,
      method: 'GET',
      url: '/v1/catalog',
      clientCertificateSha256: 'A'.repeat(43),
    });
    expect(await authenticator.recheck(identity)).toBe('unknown');
    expect(asked).toEqual([]);
  });
});
