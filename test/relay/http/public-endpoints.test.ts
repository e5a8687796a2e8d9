import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { catalogSchema } from '../../../shared/catalog.ts';
import {
  catalogPath,
  discoveryDocumentSchema,
  discoveryPath,
  relayJwksPath,
  tunnelPath,
} from '../../../shared/discovery-document.ts';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { startIdp, type Idp } from '../../support/idp/start-idp.ts';

const dir = mkdtempSync(join(tmpdir(), 'causeway-public-'));
let idp: Idp;
let relay: Relay;
let ca: string;
let port: number;

beforeAll(async () => {
  ({ ca } = await makeDemoCertificates(dir));
  port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  idp = await startIdp({ audience: url });
  await idp.setAvailability('refuse');
  const configPath = join(dir, 'relay.yaml');
  const config = {
    relay: { name: 'Example Company', url, listen: { port }, tls: { cert: 'relay.pem', key: 'relay-key.pem' } },
    issuers: [{ name: 'Example Company', issuer: idp.issuer, client_id: idp.clientId, audience: url }],
    apis: [
      { id: 'open', name: 'Open', upstream: 'http://127.0.0.1:9', rules: [{ name: 'all', groups: ['*'] }] },
      { id: 'hidden', name: 'Hidden', upstream: 'http://127.0.0.1:9', when_locked: 'hide', rules: [] },
    ],
  };
  writeFileSync(configPath, stringify(config), { mode: 0o600 });
  relay = await startRelay(await loadConfig(configPath), pino({ level: 'silent' }));
});

afterAll(async () => {
  await relay.close();
  await idp.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

async function ask(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  const request = httpsRequest({ host: '127.0.0.1', port, path, method, headers, ca, agent: false });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk as string;
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

describe('readiness', () => {
  it('is 503 until the identity provider answers, then 200, and tells the reason to operators alone; health is 200 all along', async () => {
    const before = await ask('/readyz');
    expect([before.status, JSON.parse(before.body)]).toEqual([503, { ready: false }]);
    expect(relay.problems()).toEqual([expect.stringContaining(idp.issuer)]);
    // A node that has never been ready is no help, whatever the cause.
    expect((await ask('/readyz/node')).status).toBe(503);
    expect((await ask('/healthz')).status).toBe(200);
    await idp.setAvailability('up');
    await vi.waitFor(async () => expect((await ask('/readyz')).status).toBe(200), { timeout: 50_000, interval: 100 });
    expect(JSON.parse((await ask('/readyz')).body)).toEqual({ ready: true });
    expect(JSON.parse((await ask('/readyz/node')).body)).toEqual({ ready: true });
  });
});

describe('the catalog', () => {
  it.each([
    ['no token', {}],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic YWxpY2U6eA==' }],
    ['two tokens', { authorization: 'Bearer a, Bearer b' }],
    ['a token that isn’t one', { authorization: 'Bearer nonsense' }],
  ])('is refused to %s with 401 and a challenge', async (_name, headers) => {
    const { status, headers: got, body } = await ask(catalogPath, 'GET', headers);
    expect(status).toBe(401);
    expect(got['www-authenticate']).toMatch(/^(Bearer|DPoP)/);
    expect(got['content-type']).toBe('application/problem+json');
    expect(body).not.toContain('open');
  });

  it('is refused to a token in the query', async () => {
    const token = await idp.mintAccessToken({ user: 'alice' });
    expect((await ask(`${catalogPath}?access_token=${token}`)).status).toBe(401);
  });

  it('is refused to a token for somebody else', async () => {
    const token = await idp.mintAccessToken({ user: 'alice', claims: { aud: 'https://other.example' } });
    expect((await ask(catalogPath, 'GET', { authorization: `Bearer ${token}` })).status).toBe(401);
  });

  it('shows what the person may see, and nothing hidden', async () => {
    const token = await idp.mintAccessToken({ user: 'alice' });
    const { status, headers, body } = await ask(catalogPath, 'GET', { authorization: `Bearer ${token}` });
    expect(status).toBe(200);
    expect(headers['cache-control']).toContain('no-store');
    expect(catalogSchema.parse(JSON.parse(body)).apis.map(({ id }) => id)).toEqual(['open']);
    for (const [only, ids] of [
      ['open', ['open']],
      ['hidden', []],
      ['', []],
    ] as const) {
      const narrowed = await ask(`${catalogPath}?api=${only}`, 'GET', { authorization: `Bearer ${token}` });
      expect(catalogSchema.parse(JSON.parse(narrowed.body)).apis.map(({ id }) => id)).toEqual(ids);
    }
  });
});

describe('the relay’s own endpoints', () => {
  it('publish a discovery document that fits its schema and names no API', async () => {
    const { status, body } = await ask(discoveryPath);
    expect(status).toBe(200);
    const document = discoveryDocumentSchema.parse(JSON.parse(body));
    expect(document).toMatchObject({ relayUrl: `https://127.0.0.1:${port}`, issuers: [{ issuer: idp.issuer }] });
    expect(body).not.toMatch(/hidden|upstream/i);
  });

  it('publish public keys only', async () => {
    const { keys } = JSON.parse((await ask(relayJwksPath)).body) as { keys: Record<string, unknown>[] };
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(Object.keys(key)).not.toEqual(expect.arrayContaining(['d']));
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('refuse %s with 405', async (method) => {
    for (const path of [discoveryPath, catalogPath, '/readyz', '/unknown']) {
      expect((await ask(path, method)).status).toBe(405);
    }
  });

  it.each(['/', '/unknown', '/.well-known', '/.well-known/causeway/', '/V1/catalog', '/v1/catalog/..', '/__proto__'])(
    'have nothing at %s',
    async (path) => expect((await ask(path)).status).toBe(404),
  );

  it('answer HEAD without a body', async () => {
    expect(await ask(discoveryPath, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('give the tunnel’s address to nobody without an upgrade', async () => {
    expect((await ask(tunnelPath)).status).toBeGreaterThanOrEqual(400);
  });
});

describe('TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.1'] as const)('%s is refused', async (version) => {
    const socket = connect({ host: '127.0.0.1', port, ca, minVersion: 'TLSv1', maxVersion: version });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|ECONNRESET/);
  });

  it('1.3 is spoken', async () => {
    const socket = connect({ host: '127.0.0.1', port, ca });
    await once(socket, 'secureConnect');
    expect(socket.getProtocol()).toBe('TLSv1.3');
    socket.destroy();
  });
});
