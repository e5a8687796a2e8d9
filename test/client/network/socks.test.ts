import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { connectThroughProxy } from '../../../client/network/connect-through-proxy.ts';
import { createHttpClient } from '../../../client/network/http-client.ts';
import { createProxyPasswords } from '../../../client/network/proxy-passwords.ts';
import { proxyFor, proxyName } from '../../../client/network/proxy-for.ts';
import type { ProxySource } from '../../../client/network/proxy-source.ts';
import { createSystemProxies } from '../../../client/network/system-proxies.ts';
import { relayFailure } from '../../../client/sign-in/discover-relay.ts';
import { dialRelay } from '../../../client/tunnel/dial.ts';
import { tunnelProtocol } from '../../../shared/tunnel/protocol.ts';
import { type SocksProxy, startSocksProxy } from '../../support/start-socks-proxy.ts';
import { startCli } from '../support/run-cli.ts';
import { memorySecrets } from '../support/core-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

const relayUrl = 'https://relay.corp.example';
const tokens = {
  present: async () => ({ scheme: 'bearer' as const, token: 'x', dpopProof: undefined, expiresAtMs: 0 }),
};
const closing: (() => void)[] = [];
let authority: string;
let proxy: SocksProxy;

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'relay.corp.example' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'relay.corp.example' }] },
    ],
  });
  authority = cert;
  const relay = createTlsServer({ cert, key, minVersion: 'TLSv1.3' }, (_request, response) => response.end('{}'));
  const tunnels = new WebSocketServer({ server: relay, handleProtocols: () => tunnelProtocol });
  tunnels.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  closing.push(() => {
    for (const client of tunnels.clients) client.terminate();
    relay.close();
    relay.closeAllConnections();
  });
  proxy = await startSocksProxy({ 'relay.corp.example:443': (relay.address() as AddressInfo).port });
});

afterEach(() => {
  proxy.refuseWith = undefined;
  proxy.credentials = undefined;
});

afterAll(async () => {
  for (const close of closing) close();
  await proxy[Symbol.asyncDispose]();
});

const byEnvironment = (address: string): ProxySource => ({
  proxyFor: async (url) => proxyFor(url, { ALL_PROXY: address }),
});

/** One request and one tunnel: what each says, or `came through`. */
async function bothWays(proxies: ProxySource): Promise<readonly (string | { code: string; message: string })[]> {
  const http = createHttpClient({ ca: [authority], proxies });
  const signal = AbortSignal.timeout(25_000);
  const outcomes = await Promise.allSettled([
    http.fetch(relayUrl).then(
      async (response) => expect(await response.text()).toBe('{}'),
      (error: unknown) => Promise.reject(relayFailure(relayUrl, error)),
    ),
    dialRelay({ relayUrl, tokens, appVersion: '0.1.0', ca: [authority], proxies, signal }).then(async (socket) => {
      socket.send('hello');
      expect(String((await once(socket, 'message'))[0])).toBe('hello');
      socket.terminate();
    }),
  ]);
  await http.close();
  return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'came through' : outcome.reason));
}

describe('the address of a SOCKS proxy', () => {
  test.each([
    ['socks5://proxy:1081', 'proxy:1081'],
    ['socks5h://proxy', 'proxy:1080'],
    ['socks4://proxy', 'proxy:1080'],
    ['socks4a://[2001:db8::1]:9', '[2001:db8::1]:9'],
    ['socks://alice:s%40crt@proxy', 'proxy:1080'],
  ])('%s is %s, without user and password', (address, name) => {
    const found = proxyFor(relayUrl, { ALL_PROXY: address });
    expect(found === null ? null : proxyName(found)).toBe(name);
    expect(proxyFor('http://localhost:7100', { ALL_PROXY: address })).toBeNull();
    expect(proxyFor(relayUrl, { ALL_PROXY: address, NO_PROXY: 'corp.example' })).toBeNull();
  });

  test.each(['socks5://', 'socks6://proxy', 'socks5://pro xy', 'socks5://proxy:port'])('%s is refused', (address) => {
    expect(() => proxyFor(relayUrl, { ALL_PROXY: address })).toThrow(/ALL_PROXY/);
  });
});

describe('requests and the tunnel go through it, and it looks the name up', () => {
  test.each([
    ['socks5', '5'],
    ['socks5h', '5'],
    ['socks', '4'],
    ['socks4', '4'],
    ['socks4a', '4'],
  ])('%s', async (scheme, version) => {
    const before = proxy.asked.length;
    expect(await bothWays(byEnvironment(`${scheme}://${proxy.place}`))).toEqual(['came through', 'came through']);
    const asked = proxy.asked.slice(before);
    expect(new Set(asked)).toEqual(new Set([`${version} relay.corp.example:443`]));
    expect(asked).toHaveLength(2);
  });

  test('causeway doctor, from ALL_PROXY', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'causeway-socks-'));
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, authority);
    const command = startCli(['doctor', relayUrl, '--state-dir', join(folder, 'state'), '--ca', ca], {
      ALL_PROXY: `socks5h://${proxy.place}`,
    });
    await command.ended;
    const hops = Object.fromEntries(command.lines.map((line) => [line['hop'], line]));
    expect(hops).toMatchObject({
      proxy: { status: 'ok', detail: expect.stringContaining(proxy.place) },
      tls: { status: 'ok', detail: expect.stringContaining('TLSv1.3') },
    });
    await rm(folder, { recursive: true, force: true });
  });

  test('with a user and a password', async () => {
    proxy.credentials = 'älice:s@c:ret';
    const address = `socks5://${encodeURIComponent('älice')}:${encodeURIComponent('s@c:ret')}@${proxy.place}`;
    expect(await bothWays(byEnvironment(address))).toEqual(['came through', 'came through']);
  });

  test.each(['SOCKS', 'SOCKS4', 'SOCKS5'])('as the system’s “%s”', async (kind) => {
    const passwords = createProxyPasswords(memorySecrets(), () => undefined);
    const resolve = async (): Promise<string> => `${kind} ${proxy.place}; DIRECT`;
    const proxies = createSystemProxies({ resolve, environment: {}, passwords, now: Date.now });
    expect(await bothWays(proxies)).toEqual(['came through', 'came through']);
  });

  test('and the person is asked for the password, which is then used', async () => {
    proxy.credentials = 'alice:right';
    const passwords = createProxyPasswords(memorySecrets(), () => undefined);
    const resolve = async (): Promise<string> => `SOCKS5 ${proxy.place}`;
    const proxies = createSystemProxies({ resolve, environment: {}, passwords, now: Date.now });
    const needed = {
      code: 'proxy-sign-in',
      message: expect.stringContaining('wants a user name and a password (SOCKS)'),
    };
    expect(await bothWays(proxies)).toMatchObject([needed, needed]);
    expect(passwords.wanted()).toEqual({ proxy: `socks5://${proxy.place}`, refused: false });
    await passwords.answer({ user: 'alice', password: 'wrong' });
    const refused = { code: 'proxy-sign-in', message: expect.stringContaining('doesn’t accept') };
    expect(await bothWays(proxies)).toMatchObject([refused, refused]);
    expect(passwords.wanted()).toMatchObject({ refused: true });
    await passwords.answer({ user: 'alice', password: 'right' });
    expect(await bothWays(proxies)).toEqual(['came through', 'came through']);
  });
});

describe('a SOCKS proxy that doesn’t let it through is named with what it said', () => {
  test.each<[string, number, string, RegExp]>([
    ['socks5', 1, 'relay-unreachable', /can’t reach it \(SOCKS: general failure\)/],
    ['socks5', 2, 'proxy-failed', /doesn’t allow connections there \(SOCKS\)/],
    ['socks5', 3, 'relay-unreachable', /network unreachable/],
    ['socks5', 4, 'relay-unreachable', /host unreachable/],
    ['socks5', 5, 'relay-unreachable', /connection refused/],
    ['socks5', 6, 'relay-unreachable', /TTL expired/],
    ['socks5', 7, 'proxy-failed', /refuses the connection \(SOCKS: CommandNotSupported\)/],
    ['socks5', 8, 'proxy-failed', /refuses the connection \(SOCKS: AddressNotSupported\)/],
    ['socks5', 99, 'proxy-failed', /doesn’t answer as a SOCKS 5 proxy does/],
    ['socks4', 91, 'relay-unreachable', /can’t reach it \(SOCKS: rejected or failed\)/],
    ['socks4', 92, 'proxy-sign-in', /of the kind ident/],
    ['socks4', 93, 'proxy-sign-in', /of the kind ident/],
    ['socks4', 7, 'proxy-failed', /doesn’t answer as a SOCKS 4 proxy does/],
  ])('%s: reply %i', async (scheme, reply, code, words) => {
    proxy.refuseWith = reply;
    const failure = { code, message: expect.stringMatching(words) };
    expect(await bothWays(byEnvironment(`${scheme}://${proxy.place}`))).toMatchObject([failure, failure]);
  });

  test('a password that is missing, and one that is wrong, which is nowhere shown', async () => {
    proxy.credentials = 'alice:s3cret';
    for (const failure of await bothWays(byEnvironment(`socks5://${proxy.place}`))) {
      expect(failure).toMatchObject({ code: 'proxy-sign-in', message: expect.stringContaining('ALL_PROXY') });
    }
    for (const failure of await bothWays(byEnvironment(`socks5://alice:wr0ng@${proxy.place}`))) {
      expect(failure).toMatchObject({ code: 'proxy-sign-in', message: expect.stringContaining('doesn’t accept') });
      expect(inspect(failure, { depth: 9 })).not.toContain('wr0ng');
    }
    const long = `socks5://alice:${'x'.repeat(256)}@${proxy.place}`;
    for (const failure of await bothWays(byEnvironment(long))) {
      expect(failure).toMatchObject({ code: 'proxy-sign-in', message: expect.stringContaining('255 bytes') });
    }
  });

  test.each<[string, string, string | Buffer | null, RegExp]>([
    ['an HTTP proxy', 'socks5', 'HTTP/1.1 400 Bad Request\r\n\r\n', /doesn’t answer as a SOCKS 5 proxy does/],
    ['SSH', 'socks5', 'SSH-2.0-OpenSSH\r\n', /doesn’t answer as a SOCKS 5 proxy does/],
    ['an HTTP proxy', 'socks4', 'HTTP/1.1 400 Bad Request\r\n\r\n', /doesn’t answer as a SOCKS 4 proxy does/],
    ['another version', 'socks5', Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]), /doesn’t answer as a SOCKS 5/],
    ['a way to sign in that wasn’t offered', 'socks5', Buffer.from([5, 1]), /doesn’t answer as a SOCKS 5/],
    ['half an answer', 'socks5', Buffer.from([5]), /can’t be used: the connection was cut/],
    ['nothing', 'socks5', null, /can’t be used: the connection was cut/],
  ])('%s at %s', async (_what, scheme, answer, words) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => (answer === null ? socket.end() : socket.end(answer)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const failure = { code: 'proxy-failed', message: expect.stringMatching(words) };
    const address = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await bothWays(byEnvironment(address))).toMatchObject([failure, failure]);
  });

  test('one that never answers, and one that nobody listens at', async () => {
    const open = new Set<Socket>();
    const server = createServer((socket) => void open.add(socket.on('error', () => undefined)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `socks5://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const signal = AbortSignal.timeout(100);
    const target = { host: 'relay.corp.example', port: 443 };
    await expect(connectThroughProxy(new URL(address), target, { ca: [], signal })).rejects.toThrow(
      /can’t be used: it doesn’t answer in time/,
    );
    server.close();
    for (const socket of open) socket.destroy();
    const gone = { code: 'proxy-failed', message: expect.stringContaining('nothing listens there') };
    expect(await bothWays(byEnvironment(address))).toMatchObject([gone, gone]);
  });

  test('what the relay does behind it isn’t the proxy’s', async () => {
    const proxies = byEnvironment(`socks5://${proxy.place}`);
    const http = createHttpClient({ proxies });
    await expect(http.fetch(relayUrl)).rejects.toMatchObject({
      cause: { code: expect.stringMatching(/SELF_SIGNED|LOCALLY|VERIFY/) },
    });
    await http.close();
    const signal = AbortSignal.timeout(25_000);
    await expect(dialRelay({ relayUrl, tokens, appVersion: '0.1.0', proxies, signal })).rejects.toMatchObject({
      code: 'relay-untrusted-certificate',
    });
  });
});
