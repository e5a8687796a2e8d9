import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { relayJwksPath } from '../../../shared/discovery-document.ts';
import { startEcho, type EchoUpstream, type RecordedRequest } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;
let host: string;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({ apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }] });
  host = `127.0.0.1:${world.port('echo')}`;
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

beforeEach(() => echo.clear());

/** What the upstream gets of a GET with these header lines. */
async function receivedWith(lines: readonly string[]): Promise<RecordedRequest> {
  const connection = await RawConnection.open(world.port('echo'));
  try {
    connection.write(`GET /headers HTTP/1.1\r\nHost: ${host}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`);
    const response = await connection.readResponse();
    expect(response.status).toBe(200);
    const [recorded] = echo.requests;
    if (recorded === undefined) throw new Error('The upstream got nothing');
    return recorded;
  } finally {
    connection.close();
  }
}

const spellings = (name: string): string[] => [
  name,
  name.toLowerCase(),
  name.toUpperCase(),
  name.replaceAll('-', '_'),
  name.replaceAll('-', '_').toUpperCase(),
  name.replaceAll('-', '.'),
  name.replace('-', '_'),
  name.replaceAll('-', '~'),
];

const spoofed = [
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Forwarded-Preferred-Username',
  'X-Forwarded-Access-Token',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Client-Cert',
  'X-Forwarded',
  'Forwarded',
  'X-Causeway-Identity',
  'X-Causeway-Request-Id',
  'X-Causeway-Anything',
  'X-Auth-Request-User',
  'X-Remote-User',
  'Remote-User',
  'X-Real-IP',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-Amzn-Oidc-Data',
  'X-Goog-IAP-JWT-Assertion',
  'Cf-Access-Jwt-Assertion',
  'Proxy',
  'Proxy-Authorization',
  'Proxy-Connection',
];

describe('headers that say who is calling, or how', () => {
  it.each(spoofed)('%s from a caller never reaches the upstream, in any spelling', async (name) => {
    const recorded = await receivedWith(spellings(name).map((spelling) => `${spelling}: forged-by-caller`));
    expect(recorded.rawHeaders.filter((text) => text.includes('forged'))).toEqual([]);
  });

  it('are the relay’s own, once each', async () => {
    const { rawHeaders } = await receivedWith([]);
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    for (const name of ['x-causeway-identity', 'x-causeway-request-id', 'x-forwarded-host', 'x-forwarded-proto']) {
      expect(names.filter((candidate) => candidate === name)).toEqual([name]);
    }
  });
});

describe('hop-by-hop headers', () => {
  it.each([
    ['Connection: authorization', 'Authorization: Bearer own', 'authorization'],
    ['Connection: close, X-Secret', 'X-Secret: 1', 'x-secret'],
    ['Connection: X-A\r\nConnection: x-b', 'X-B: 1', 'x-b'],
    ['Keep-Alive: timeout=5', 'X: y', 'keep-alive'],
    ['TE: trailers', 'X: y', 'te'],
    ['Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA', 'upgrade'],
    ['Connection: Upgrade\r\nUpgrade: TLS/1.0', 'X: y', 'upgrade'],
  ])('%j with %j: %s goes no further', async (first, second, name) => {
    const { headers } = await receivedWith([first, second]);
    expect(headers[name]).toBeUndefined();
    expect(headers['http2-settings']).toBeUndefined();
    expect(headers['connection']).toBe('keep-alive');
  });

  it.each([
    'X-Causeway-Identity',
    'x_causeway_identity',
    'X-Causeway-Identity, X-Forwarded-Host, X-Causeway-Request-Id, Host',
    'close, x-causeway-identity',
  ])('Connection naming %s removes nothing of the relay’s', async (named) => {
    const { headers } = await receivedWith([`Connection: ${named}`]);
    expect(headers['x-causeway-identity']).toMatch(/^eyJ/);
    expect(headers['x-causeway-request-id']).toBeTruthy();
    expect(headers['x-forwarded-host']).toBe(host);
    expect(headers['host']).toBe(new URL(echo.url).host);
  });

  it('Connection naming Content-Length or Transfer-Encoding leaves the body framed as it was', async () => {
    const connection = await RawConnection.open(world.port('echo'));
    const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
    connection.write(
      `POST /framed HTTP/1.1\r\nHost: ${host}\r\nConnection: Content-Length\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    );
    expect((await connection.readResponse()).status).toBe(200);
    connection.write(
      `POST /framed HTTP/1.1\r\nHost: ${host}\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n` +
        `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    );
    expect((await connection.readResponse()).status).toBe(200);
    expect(echo.requests.map(({ target, body }) => [target, body?.bytes])).toEqual([
      ['/framed', smuggled.length],
      ['/framed', smuggled.length],
    ]);
    connection.close();
  });
});

describe('ordinary headers', () => {
  it('pass in their order, with case, duplicates and odd bytes kept', async () => {
    const lines = [
      'X-One: 1',
      'x-ONE: 2',
      'Cookie: a=b',
      'Cookie: c=d',
      'X-Latin: caf\xe9',
      'Authorization: Bearer own',
    ];
    const { rawHeaders } = await receivedWith(lines);
    const pairs = rawHeaders.flatMap((text, index) => (index % 2 === 0 ? [`${text}: ${rawHeaders[index + 1]}`] : []));
    expect(pairs.filter((pair) => lines.includes(pair))).toEqual(lines);
  });
});

describe('the identity header', () => {
  it('verifies with the relay’s published keys, is meant for this API and names the person', async () => {
    const { headers } = await receivedWith([]);
    const jwks = (await (await fetch(`${world.relayUrl}${relayJwksPath}`)).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(String(headers['x-causeway-identity']), createLocalJWKSet(jwks), {
      audience: 'echo',
      issuer: world.relayUrl,
    });
    expect(payload).toMatchObject({ sub: 'alice', groups: ['developers', 'sre'] });
    expect((payload.exp ?? 0) - Date.now() / 1000).toBeLessThan(310);
  });
});
