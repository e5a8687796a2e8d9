import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { answerUpgradeFailure } from '../../../relay/http/answer-failure.ts';
import { createPublicRoutes, type PublicRoutesOptions } from '../../../relay/http/public/public-routes.ts';
import type { Route } from '../../../relay/http/public/route.ts';
import { catalogPath, discoveryPath, relayJwksPath, signOutPath } from '../../../shared/discovery-document.ts';

const planted = (): never => {
  throw new Error('planted');
};
const plantedLater = async (): Promise<never> => {
  await new Promise((resolve) => setImmediate(resolve));
  return planted();
};
const identity = { issuer: 'i', issuerName: 'I', subject: 's', username: 'u', groups: [], claims: {} };
const known = { authenticate: () => Promise.resolve(identity) };
const form = { 'content-type': 'application/x-www-form-urlencoded', connection: 'close' };
const bearer = { authorization: 'Bearer x', connection: 'close' };

interface Case {
  readonly name: string;
  readonly path: string;
  readonly method?: 'POST';
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly plant: (fail: () => never) => object;
}

const cases: readonly Case[] = [
  { name: 'discovery', path: discoveryPath, plant: (fail) => ({ config: fail }) },
  { name: 'keys', path: relayJwksPath, plant: (fail) => ({ jwks: fail }) },
  { name: 'readiness', path: '/readyz', plant: (fail) => ({ authenticator: { readiness: fail } }) },
  {
    name: 'who asks',
    path: catalogPath,
    headers: bearer,
    plant: (fail) => ({ authenticator: { authenticate: fail } }),
  },
  { name: 'the catalog', path: catalogPath, headers: bearer, plant: (fail) => ({ inForce: fail }) },
  { name: 'grants', path: catalogPath, headers: bearer, plant: (fail) => ({ grantsOf: fail }) },
  {
    name: 'quotas',
    path: catalogPath,
    headers: bearer,
    plant: (fail) => ({
      inForce: () => ({ policy: { catalogFor: () => ({ apis: [] }) }, clients: { recommended: null } }),
      withQuotas: fail,
    }),
  },
  {
    name: 'requests for access',
    path: '/v1/access-requests',
    headers: bearer,
    plant: (fail) => ({
      accessRoutes: [{ method: 'GET', path: '/v1/access-requests', access: 'signed-in', answer: fail }],
    }),
  },
  {
    name: 'a decision about one',
    path: '/v1/access-requests/a/approve',
    method: 'POST',
    headers: bearer,
    plant: (fail) => ({
      accessRoutes: [{ method: 'POST', path: '/v1/access-requests/:id/approve', access: 'signed-in', answer: fail }],
    }),
  },
  {
    name: 'the record of a sign-out',
    path: signOutPath,
    method: 'POST',
    headers: bearer,
    plant: (fail) => ({ authenticator: { ...known, signOut: () => Promise.resolve() }, audit: { append: fail } }),
  },
  {
    name: 'a provider’s logout token',
    path: '/v1/backchannel-logout',
    method: 'POST',
    headers: form,
    body: 'logout_token=x',
    plant: (fail) => ({ authenticator: { acceptLogoutToken: fail } }),
  },
  {
    name: 'what a provider’s logout ends',
    path: '/v1/backchannel-logout',
    method: 'POST',
    headers: form,
    body: 'logout_token=x',
    plant: (fail) => ({ authenticator: { acceptLogoutToken: () => Promise.resolve({}) }, onProviderLogout: fail }),
  },
  { name: 'the SAML bridge', path: '/saml-bridge/acs', plant: (fail) => ({ samlBridge: { handle: fail } }) },
];
/** Parts that are asked without waiting for an answer can only fail at once. */
const onlyAtOnce = new Set([
  'discovery',
  'keys',
  'readiness',
  'the catalog',
  'grants',
  'the SAML bridge',
  'the record of a sign-out',
  'what a provider’s logout ends',
]);

let lines: { level: number; requestId?: string; err?: { message: string; stack: string } }[] = [];
const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) });
let options: object = {};
let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    const whole = {
      log,
      version: '1',
      authenticator: known,
      config: () => ({ relay: { url: 'http://127.0.0.1' } }),
      audit: { healthy: true },
      draining: () => false,
      ...options,
    };
    createPublicRoutes(whole as unknown as PublicRoutesOptions)(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket) => {
    answerUpgradeFailure(log, request, socket, request.url === '/answered', new Error('planted'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());
beforeEach(() => {
  lines = [];
});

describe('a failure at one of the relay’s own endpoints is answered with 500, its id, and logged under it', () => {
  const runs = cases.flatMap((tried) => [
    { ...tried, when: 'at once', fail: planted },
    ...(onlyAtOnce.has(tried.name) ? [] : [{ ...tried, when: 'later', fail: plantedLater as unknown as () => never }]),
  ]);
  it.each(runs)('$name, $when', async ({ path, method = 'GET', body = null, headers = {}, plant, fail }) => {
    options = plant(fail);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body, headers });
    const problem = (await response.json()) as Record<string, unknown>;
    expect({ status: response.status, code: problem['code'] }).toEqual({ status: 500, code: 'internal' });
    expect(problem['reasons']).toEqual([{ code: 'failed-see-log' }]);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const logged = lines.filter(({ level }) => level >= 50);
    expect(logged).toMatchObject([
      { requestId: problem['requestId'], err: { stack: expect.stringContaining('planted') } },
    ]);
    expect(JSON.stringify(problem)).not.toContain('planted');
  });

  it('cuts an answer off that has begun', async () => {
    const route: Route = {
      method: 'GET',
      path: '/v1/access-requests',
      access: 'signed-in',
      answer: ({ response }) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('begun');
        return plantedLater();
      },
    };
    options = { accessRoutes: [route] };
    const answer = fetch(`http://127.0.0.1:${port}/v1/access-requests`, { headers: bearer }).then((response) =>
      response.text(),
    );
    await expect(answer).rejects.toThrow();
    expect(lines.filter(({ level }) => level >= 50)).toHaveLength(1);
  });
});

describe('a failure while a tunnel is opened', () => {
  const upgrade = async (path: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    return text(socket);
  };
  it('is answered with 500 and its id', async () => {
    const answer = await upgrade('/v1/tunnel');
    expect(answer).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/);
    expect(answer).toContain(`"requestId":"${lines[0]?.requestId}"`);
  });
  it('only closes where something was answered already', async () => {
    expect(await upgrade('/answered')).toBe('');
    expect(lines).toMatchObject([{ err: { message: 'planted' } }]);
  });
});
