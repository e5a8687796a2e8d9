import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createHttpClient } from '../../../client/network/http-client.ts';
import {
  type AnswerHead,
  createNetworkJudge,
  createNetworkProbe,
  isNetworkSignIn,
} from '../../../client/network/network-sign-in.ts';
import { ProxyFailure } from '../../../client/network/proxy-failure.ts';
import { discoverRelay } from '../../../client/sign-in/discover-relay.ts';
import { dialRelay } from '../../../client/tunnel/dial.ts';
import { AccessError } from '../../../shared/errors.ts';
import { freePort } from '../../support/free-port.ts';

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const asked = 'http://relay.corp.example/.well-known/causeway-1';
const head = (status: number, location?: string, contentType?: string): AnswerHead => ({
  status,
  location,
  contentType,
});

test.each<[string, AnswerHead, boolean]>([
  ['the status for it (RFC 6585)', head(511, undefined, 'text/plain'), true],
  ['sending to another host', head(302, 'http://login.hotel.example/'), true],
  ['sending to another host, by 307', head(307, '//login.hotel.example/x'), true],
  ['a page where none can be', head(200, undefined, 'text/html; charset=utf-8'), true],
  ['a page, in capitals', head(200, undefined, 'Text/HTML'), true],
  ['the relay’s own way to https', head(301, 'https://relay.corp.example/.well-known/causeway-1'), false],
  ['the relay’s own way to another port', head(308, 'https://relay.corp.example:8443/'), false],
  ['a place within the relay', head(302, '/login'), false],
  ['sending nowhere', head(302), false],
  ['sending to nonsense', head(302, 'http://['), false],
  ['not modified', head(304, 'http://login.hotel.example/'), false],
  ['no such page', head(404, undefined, 'text/html'), false],
  ['an error page of a balancer', head(502, undefined, 'text/html'), false],
  ['another kind of answer', head(200, undefined, 'application/json'), false],
  ['an answer of no kind', head(200), false],
])('an answer tells of a network’s own sign-in, or not: %s', (_name, answer, expected) => {
  expect(isNetworkSignIn(asked, answer)).toBe(expected);
});

/** A network that answers every request by this, and counts them. */
async function network(answer: string): Promise<{ readonly port: number; readonly lines: string[] }> {
  const lines: string[] = [];
  const server = createServer((request) => {
    lines.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    request.socket.end(`${answer}\r\nContent-Length: 0\r\n\r\n`);
  });
  server.on('upgrade', (request) => request.socket.end(`${answer}\r\nContent-Length: 0\r\n\r\n`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, lines };
}

const portal = 'HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/';

describe('looking at the network', () => {
  test('asks the relay’s name, in plain HTTP, for a page that no server has, and sends nothing else', async () => {
    const { port, lines } = await network(portal);
    const probe = createNetworkProbe(port);
    expect(await probe('https://127.0.0.1:8443')).toBe(true);
    expect(await probe('https://127.0.0.1:8443')).toBe(true);
    const [first, second] = lines;
    expect(first).toMatch(
      /^GET \/\.well-known\/causeway-[\da-f]{16} \{"host":"127\.0\.0\.1:\d+","connection":"close"\}$/,
    );
    expect(second).not.toBe(first);
  });

  test('finds nothing where nobody listens, where the answer is a relay’s, and never at this computer’s own port 80', async () => {
    expect(await createNetworkProbe(await freePort())('https://127.0.0.1')).toBe(false);
    const { port } = await network('HTTP/1.1 404 Not Found\r\nContent-Type: text/html');
    expect(await createNetworkProbe(port)('https://127.0.0.1')).toBe(false);
    expect(await createNetworkProbe()('https://localhost:8443')).toBe(false);
  });
});

describe('a failure to reach the relay', () => {
  const unreachable = new AccessError('relay-unreachable', 'It doesn’t answer.');

  test('is the network’s sign-in where that is found, and itself elsewhere', async () => {
    const found = createNetworkJudge(async () => true, Date.now);
    expect(await found('https://relay.example', unreachable)).toMatchObject({
      code: 'network-sign-in',
      message: 'This network answers in place of relay.example, with a page of its own.',
    });
    expect(await createNetworkJudge(async () => false, Date.now)('https://relay.example', unreachable)).toBe(
      unreachable,
    );
  });

  test.each<[string, Error]>([
    ['a refusal of the relay’s own', new AccessError('token-rejected', 'No.')],
    ['a relay that is starting', new AccessError('relay-not-ready', '503.')],
    [
      'what a proxy says',
      new AccessError('relay-unreachable', 'p', {
        cause: new ProxyFailure('x', { kind: 'passed-on' }),
      }),
    ],
    ['something else', new Error('x')],
  ])('that is %s has nothing looked at', async (_name, failure) => {
    const probe = vi.fn(async () => true);
    expect(await createNetworkJudge(probe, Date.now)('https://relay.example', failure)).toBe(failure);
    expect(probe).not.toHaveBeenCalled();
  });

  test('by its certificate says both, because whoever is in the way can show a page', async () => {
    const untrusted = new AccessError('relay-untrusted-certificate', 'Its certificate is by “Nobody”.');
    expect(await createNetworkJudge(async () => true, Date.now)('https://relay.example', untrusted)).toMatchObject({
      code: 'network-sign-in',
      message:
        'This network answers in place of relay.example, with a page of its own. Its certificate is by “Nobody”.',
    });
  });

  test('says of one relay’s place nothing about another’s', async () => {
    const judge = createNetworkJudge(async (relayUrl) => relayUrl.includes('hotel'), Date.now);
    const codes: unknown[] = [];
    for (const host of ['hotel.example', 'relay.example', 'hotel.example:8443']) {
      codes.push(((await judge(`https://${host}`, unreachable)) as AccessError).code);
    }
    expect(codes).toEqual(['network-sign-in', 'relay-unreachable', 'network-sign-in']);
  });

  test('again and again looks at the network once in a while only', async () => {
    let nowMs = 1_000_000;
    const probe = vi.fn(async () => false);
    const judge = createNetworkJudge(probe, () => nowMs);
    for (let attempt = 0; attempt < 20; attempt += 1) await judge('https://relay.example', unreachable);
    expect(probe).toHaveBeenCalledTimes(1);
    nowMs += 20_000;
    await judge('https://relay.example', unreachable);
    expect(probe).toHaveBeenCalledTimes(2);
  });
});

const tokens = {
  present: async () => ({ scheme: 'bearer' as const, token: 'x', dpopProof: undefined, expiresAtMs: 0 }),
};

test('sign-in and tunnel say so where nobody answers for the relay but the network has a page', async () => {
  const { port } = await network(portal);
  const judgeFailure = createNetworkJudge(createNetworkProbe(port), Date.now);
  const relayUrl = `https://127.0.0.1:${await freePort()}`;
  const http = createHttpClient({ judgeFailure });
  closers.push(() => http.close());
  await expect(discoverRelay(relayUrl, http)).rejects.toMatchObject({ code: 'network-sign-in' });
  const signal = AbortSignal.timeout(10_000);
  await expect(dialRelay({ relayUrl, tokens, appVersion: '0.1.0', judgeFailure, signal })).rejects.toMatchObject({
    code: 'network-sign-in',
  });
});

test.each([
  ['sends elsewhere', portal, 'network-sign-in'],
  ['answers by a page', 'HTTP/1.1 200 OK\r\nContent-Type: text/html', 'network-sign-in'],
  ['says that it wants a sign-in', 'HTTP/1.1 511 Sign in', 'network-sign-in'],
  ['is a balancer that is broken', 'HTTP/1.1 502 Bad\r\nContent-Type: text/html', 'relay-not-causeway'],
])('a tunnel of somebody signed in whose relay’s place %s', async (_name, answer, code) => {
  const { port } = await network(answer);
  const options = { relayUrl: `http://127.0.0.1:${port}`, tokens, appVersion: '0.1.0' };
  await expect(dialRelay({ ...options, signal: AbortSignal.timeout(10_000) })).rejects.toMatchObject({ code });
});
