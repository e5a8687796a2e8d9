import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { waitUntil } from '../../support/wait-for.ts';
import {
  authenticateBearer,
  claimsFor,
  issuerConfig,
  openAuthenticator,
  signToken,
  startIssuer,
  testKey,
} from './test-issuer.ts';

const startMs = 1_800_000_000_000;
const codeOf = (result: Promise<unknown>): Promise<string> =>
  result.then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  );
const jwksFetches = (requests: readonly string[]): number => requests.filter((path) => path === '/jwks').length;

describe('the keys of an issuer', () => {
  it('are fetched at most once per 30 s by 10,000 random kids', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const clock = { nowMs: startMs };
    const authenticator = openAuthenticator([issuerConfig(issuer.url)], { now: () => clock.nowMs });
    const good = await signToken(key, claimsFor(issuer.url, startMs));
    await authenticateBearer(authenticator, good);
    const [, payload, signature] = good.split('.');
    const flood = async (): Promise<Set<string>> => {
      const codes = new Set<string>();
      const call = async (): Promise<void> => {
        const header = { alg: 'ES256', typ: 'at+jwt', kid: Math.random().toString(36) };
        const token = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`;
        codes.add(await codeOf(authenticateBearer(authenticator, token)));
      };
      for (let sent = 0; sent < 10_000; sent += 500) await Promise.all(Array.from({ length: 500 }, call));
      return codes;
    };
    expect(jwksFetches(issuer.requests)).toBe(1);
    clock.nowMs += 29_999;
    expect(await flood()).toEqual(new Set(['idp-unreachable']));
    expect(jwksFetches(issuer.requests)).toBe(1);
    clock.nowMs += 1;
    await flood();
    await flood();
    expect(jwksFetches(issuer.requests)).toBe(2);
    clock.nowMs += 30_000;
    issuer.down = true;
    await flood();
    await flood();
    expect(issuer.requests.length).toBe(4);
  });

  it('that a stranger’s made-up kid has just had fetched: a token with a newer one gets 503, and counts after the pause', async () => {
    const [oldKey, newKey] = await Promise.all([testKey('ES256', 'old'), testKey('ES256', 'new')]);
    const issuer = await startIssuer([oldKey]);
    const clock = { nowMs: startMs };
    const due: { readonly work: () => void; readonly delayMs: number }[] = [];
    const authenticator = openAuthenticator([issuerConfig(issuer.url)], {
      now: () => clock.nowMs,
      schedule: (work, delayMs) => {
        due.push({ work, delayMs });
        return () => undefined;
      },
    });
    const signed = async (kid: string): Promise<string> =>
      signToken(newKey, claimsFor(issuer.url, clock.nowMs, { jti: kid }), { kid });
    const outcome = async (kid: string): Promise<string> =>
      codeOf(authenticateBearer(authenticator, await signed(kid)));
    await authenticateBearer(authenticator, await signToken(oldKey, claimsFor(issuer.url, startMs)));
    clock.nowMs += 31_000;
    expect(await outcome('made-up')).toBe('token-rejected');
    issuer.keys = [newKey.publicJwk];
    clock.nowMs += 1000;
    const asked = due.length;
    for (const kid of ['new', 'new', 'other']) expect(await outcome(kid)).toBe('idp-unreachable');
    // What the latest fetch has shown to be missing stays refused, so that its caller learns of it.
    expect(await outcome('made-up')).toBe('token-rejected');
    expect(jwksFetches(issuer.requests)).toBe(2);
    // One fetch is planned for the end of the pause, without anybody asking again.
    expect(due.slice(asked).map(({ delayMs }) => delayMs)).toEqual([29_000]);
    clock.nowMs += 29_000;
    due.at(-1)?.work();
    await issuer.didAskForKeys(3);
    await waitUntil(async () => (await outcome('new')) === 'accepted');
    expect(await outcome('other')).toBe('token-rejected');
    expect(
      await codeOf(authenticateBearer(authenticator, await signToken(oldKey, claimsFor(issuer.url, startMs)))),
    ).toBe('token-rejected');
    expect(jwksFetches(issuer.requests)).toBe(3);
  });

  it.each([
    ['no kid', undefined],
    ['an empty kid', ''],
    ['a kid of 2,000 characters', 'x'.repeat(2000)],
  ])('are not waited for by a token with %s', async (_, kid) => {
    const [key, other] = await Promise.all([testKey('ES256', 'old'), testKey('ES384', 'new')]);
    const issuer = await startIssuer([key]);
    const authenticator = openAuthenticator([issuerConfig(issuer.url)], { now: () => startMs });
    await authenticateBearer(authenticator, await signToken(key, claimsFor(issuer.url, startMs)));
    const token = await signToken(other, claimsFor(issuer.url, startMs), { kid });
    await expect(authenticateBearer(authenticator, token)).rejects.toMatchObject({ code: 'token-rejected' });
  });

  it('rotate without a restart, and tokens of a removed key are refused although they were known', async () => {
    const [oldKey, newKey] = await Promise.all([testKey('ES256', 'old'), testKey('ES256', 'new')]);
    const issuer = await startIssuer([oldKey]);
    const clock = { nowMs: startMs };
    const authenticator = openAuthenticator([issuerConfig(issuer.url)], { now: () => clock.nowMs });
    const oldToken = await signToken(oldKey, claimsFor(issuer.url, startMs));
    await authenticateBearer(authenticator, oldToken);
    issuer.keys = [newKey.publicJwk];
    clock.nowMs += 31_000;
    const newToken = await signToken(newKey, claimsFor(issuer.url, clock.nowMs));
    await expect(authenticateBearer(authenticator, newToken)).resolves.toMatchObject({ username: 'alice' });
    await expect(authenticateBearer(authenticator, oldToken)).rejects.toMatchObject({ code: 'token-rejected' });
  });

  it('stay in use while the provider is down, but not longer than the config allows', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const clock = { nowMs: startMs };
    const authenticator = openAuthenticator([issuerConfig(issuer.url, { max_stale_keys_seconds: 3600 })], {
      now: () => clock.nowMs,
    });
    const attempt = async (): Promise<string> =>
      codeOf(authenticateBearer(authenticator, await signToken(key, claimsFor(issuer.url, clock.nowMs))));
    expect(await attempt()).toBe('accepted');
    issuer.down = true;
    clock.nowMs = startMs + 3600_000;
    expect(await attempt()).toBe('accepted');
    clock.nowMs = startMs + 3600_000 + 10 * 60_000;
    expect(await attempt()).toBe('idp-unreachable');
    expect(authenticator.readiness().ready).toBe(false);
  });

  it('are fetched again by itself until the provider answers; until then the relay isn’t ready', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    issuer.down = true;
    const authenticator = openAuthenticator([issuerConfig(issuer.url)]);
    expect(authenticator.readiness()).toMatchObject({ ready: false });
    const token = await signToken(key, claimsFor(issuer.url, Date.now()));
    await expect(authenticateBearer(authenticator, token)).rejects.toMatchObject({ code: 'idp-unreachable' });
    expect(authenticator.readiness().problems.join()).toMatch(/Test IdP .* status 503/);
    issuer.down = false;
    await issuer.didAskForKeys(1);
    await vi.waitUntil(() => authenticator.readiness().ready, { timeout: 30_000 });
    await expect(authenticateBearer(authenticator, token)).resolves.toMatchObject({ username: 'alice' });
  });

  it('are asked for once more when a kept connection turns out to be closed', async () => {
    const key = await testKey('ES256');
    let cut = 1;
    const asked: string[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(request.url ?? '');
      const issuer = `http://${request.headers.host}`;
      if (request.url === '/jwks' && cut > 0) {
        cut -= 1;
        request.socket.destroy();
      } else
        response.end(
          JSON.stringify(request.url === '/jwks' ? { keys: [key.publicJwk] } : { issuer, jwks_uri: `${issuer}/jwks` }),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const token = await signToken(key, claimsFor(url, Date.now()));
    await expect(authenticateBearer(openAuthenticator([issuerConfig(url)]), token)).resolves.toBeDefined();
    expect(asked).toEqual(['/.well-known/openid-configuration', '/jwks', '/jwks']);
    // Not a third time: what fails twice isn’t a matter of chance.
    cut = 2;
    await expect(authenticateBearer(openAuthenticator([issuerConfig(url)]), token)).rejects.toMatchObject({
      code: 'idp-unreachable',
    });
  });

  const misleading: readonly [string, (url: string) => Record<string, unknown>, RegExp][] = [
    [
      'names another issuer',
      (url) => ({ issuer: 'https://evil.example', jwks_uri: `${url}/jwks` }),
      /calls itself “https:\/\/evil/,
    ],
    ['names itself with a slash more', (url) => ({ issuer: `${url}/`, jwks_uri: `${url}/jwks` }), /calls itself/],
    ['names no keys', (url) => ({ issuer: url }), /no jwks_uri/],
    ['keeps its keys in a file', (url) => ({ issuer: url, jwks_uri: 'file:///etc/passwd' }), /isn’t https/],
  ];
  for (const [name, metadata, problem] of misleading)
    it(`are not taken from a provider that ${name}`, async () => {
      const key = await testKey('ES256');
      const issuer = await startIssuer([key]);
      issuer.metadata = metadata(issuer.url);
      const authenticator = openAuthenticator([issuerConfig(issuer.url)]);
      const token = await signToken(key, claimsFor(issuer.url, Date.now()));
      await expect(authenticateBearer(authenticator, token)).rejects.toMatchObject({ code: 'idp-unreachable' });
      expect(authenticator.readiness().problems.join()).toMatch(problem);
      expect(jwksFetches(issuer.requests)).toBe(0);
    });

  it('are fetched over TLS only from a server that the issuer’s own CA vouches for', async () => {
    const key = await testKey('ES256');
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    });
    const server = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
      const body = request.url === '/jwks' ? { keys: [key.publicJwk] } : { issuer: url, jwks_uri: `${url}/jwks` };
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const token = await signToken(key, claimsFor(url, Date.now()));
    await expect(authenticateBearer(openAuthenticator([issuerConfig(url)]), token)).rejects.toMatchObject({
      code: 'idp-unreachable',
      message: expect.stringMatching(/self-signed certificate/),
    });
    const trusting = openAuthenticator([{ ...issuerConfig(url), caPem: pems.cert }]);
    await expect(authenticateBearer(trusting, token)).resolves.toMatchObject({ username: 'alice' });
  });
});
