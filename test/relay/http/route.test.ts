import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRouter, type Route } from '../../../relay/http/public/route.ts';
import { readJson } from '../../../relay/http/read-json.ts';
import type { Identity } from '../../../relay/identity/identity.ts';
import { AccessError, type ErrorCode } from '../../../shared/errors.ts';

const alice = { username: 'alice' } as Identity;
const thrown: readonly (readonly [ErrorCode, number])[] = [
  ['bad-input', 400],
  ['policy-denied', 403],
  ['body-too-large', 413],
  ['rate-limited', 429],
  ['overloaded', 503],
  ['shared-state-unavailable', 503],
];
const routes: readonly Route[] = [
  { method: 'GET', path: '/v1/open.json', access: 'anyone', answer: ({ response }) => void response.end('open') },
  {
    method: 'GET',
    path: '/v1/mine',
    access: 'signed-in',
    answer: ({ response }, { username }) => void response.end(username),
  },
  {
    method: 'POST',
    path: '/v1/things/:id/:verb',
    access: 'anyone',
    answer: ({ response, parameters: { id, verb } }) => void response.end(`${verb} ${id}`),
  },
  {
    method: 'POST',
    path: '/v1/json',
    access: 'anyone',
    answer: async ({ request, response }) => {
      response.end(JSON.stringify({ read: await readJson(request, 10) }));
    },
  },
  ...thrown.map(([code]): Route => ({
    method: 'GET',
    path: `/throws/${code}`,
    access: 'anyone',
    answer: () => {
      throw new AccessError(code, 'in words');
    },
  })),
  {
    method: 'GET',
    path: '/throws/audit-unavailable',
    access: 'anyone',
    answer: () => Promise.reject(new AccessError('audit-unavailable', 'in words')),
  },
];

let server: Server;
let url: string;
beforeAll(async () => {
  const callerOf: Parameters<typeof createRouter>[0]['callerOf'] = ({ request, response }) => {
    if (request.headers.authorization !== undefined) return Promise.resolve(alice);
    response.writeHead(401).end();
    return Promise.resolve(null);
  };
  server = createServer(createRouter({ log: pino({ enabled: false }), routes, callerOf }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe('the route table', () => {
  const json = { 'content-type': 'application/json' };
  it.each<readonly [method: string, path: string, init: RequestInit, status: number, body: string]>([
    ['GET', '/v1/openXjson', {}, 404, 'nothing at this address'],
    ['GET', '/v1/things/a', {}, 404, 'nothing at this address'],
    ['POST', '/v1/things/a/b/c', {}, 405, 'only GET, HEAD'],
    ['POST', '/v1/things/a%2f/b', {}, 405, 'only GET, HEAD'],
    ['POST', '/nothing', {}, 405, 'only GET, HEAD'],
    ['POST', '/v1/open.json', {}, 405, 'only GET, HEAD'],
    ['GET', '/v1/things/a/approve', {}, 405, 'only POST'],
    ['GET', '/v1/mine', {}, 401, ''],
    ['POST', '/v1/json', { body: '{}' }, 400, 'must be application/json'],
    ['POST', '/v1/json', { body: '{', headers: json }, 400, 'isn’t JSON'],
    ['POST', '/v1/json', { body: '"0123456789"', headers: json }, 413, 'At most 10 bytes'],
    ['POST', '/v1/json', {}, 200, '{}'],
    ['POST', '/v1/json', { body: '{"a":1}', headers: json }, 200, '{"read":{"a":1}}'],
    ['GET', '/v1/mine', { headers: { authorization: 'x' } }, 200, 'alice'],
    ['GET', '/v1/open.json?a=/v1/mine', {}, 200, 'open'],
    ['HEAD', '/v1/open.json', {}, 200, ''],
    ['POST', '/v1/things/a-1/approve', {}, 200, 'approve a-1'],
  ])('%s %s %j is %i', async (method, path, init, status, body) => {
    const answer = await fetch(url + path, { method, ...init });
    expect({ status: answer.status, body: await answer.text() }).toEqual({
      status,
      body: expect.stringContaining(body),
    });
    expect(answer.headers.has('allow')).toBe(status === 405);
  });

  it.each(thrown)('a thrown %s is answered with %i', async (code, status) => {
    const answer = await fetch(`${url}/throws/${code}`);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code, detail: 'in words' });
    expect(answer.headers.has('retry-after')).toBe(status === 503);
  });

  it('anything else that is thrown is a failure of the relay, and not told', async () => {
    const answer = await fetch(`${url}/throws/audit-unavailable`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('in words');
  });
});
