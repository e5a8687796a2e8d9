import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectThroughProxy } from '../../../client/network/connect-through-proxy.ts';
import { createHttpClient } from '../../../client/network/http-client.ts';
import { proxyFor } from '../../../client/network/proxy-for.ts';
import { discoverRelay } from '../../../client/sign-in/discover-relay.ts';
import { dialRelay } from '../../../client/tunnel/dial.ts';
import { startConnectProxy } from '../../support/start-connect-proxy.ts';
import { startCli } from '../support/run-cli.ts';

vi.setConfig({ testTimeout: 30_000 });

describe('the proxy for an address', () => {
  const relay = 'https://relay.corp.example';
  test.each<[string, Record<string, string>, string | null]>([
    ['none', {}, null],
    ['a URL', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
    ['no scheme, as curl takes it', { HTTPS_PROXY: 'proxy.example.com:3128' }, 'http://proxy.example.com:3128/'],
    ['a name alone', { https_proxy: 'proxy' }, 'http://proxy/'],
    ['white space around it', { HTTPS_PROXY: '  proxy:3128 ' }, 'http://proxy:3128/'],
    ['an address of IPv6', { HTTPS_PROXY: '[2001:db8::1]:3128' }, 'http://[2001:db8::1]:3128/'],
    ['user and password', { HTTPS_PROXY: 'alice:s%40crt@proxy:3128' }, 'http://alice:s%40crt@proxy:3128/'],
    ['a percent sign that escapes nothing', { HTTPS_PROXY: 'al%ice:50%off@p' }, 'http://al%25ice:50%25off@p/'],
    ['escapes that are no text', { HTTPS_PROXY: 'alice:%ff%41@p' }, 'http://alice:%25ff%2541@p/'],
    ['TLS to the proxy', { HTTPS_PROXY: 'https://proxy:443' }, 'https://proxy/'],
    ['the lower case first', { https_proxy: 'http://one:1', HTTPS_PROXY: 'http://two:2' }, 'http://one:1/'],
    ['an empty one is none', { https_proxy: '', HTTPS_PROXY: '', ALL_PROXY: '' }, null],
    ['the proxy for everything', { ALL_PROXY: 'proxy:8080' }, 'http://proxy:8080/'],
    ['not that for http', { http_proxy: 'proxy:8080' }, null],
    ...['*', 'corp.example', '.corp.example', '*.corp.example', 'relay.corp.example', 'RELAY.CORP.EXAMPLE.'].map(
      (entry): [string, Record<string, string>, null] => [
        `except ${entry}`,
        { HTTPS_PROXY: 'proxy:1', NO_PROXY: entry },
        null,
      ],
    ),
    ['except one of several', { HTTPS_PROXY: 'proxy:1', no_proxy: 'a.example, b.example corp.example' }, null],
    ['an empty list is none', { HTTPS_PROXY: 'proxy:1', no_proxy: '', NO_PROXY: 'corp.example' }, null],
    ['the lower case of the list first', { HTTPS_PROXY: 'p:1', no_proxy: 'a', NO_PROXY: '*' }, 'http://p:1/'],
    ['except the port', { HTTPS_PROXY: 'proxy:1', NO_PROXY: 'corp.example:443' }, null],
    ['but not another port', { HTTPS_PROXY: 'proxy:1', NO_PROXY: 'corp.example:8443' }, 'http://proxy:1/'],
    ['but not a name that ends alike', { HTTPS_PROXY: 'proxy:1', NO_PROXY: 'p.example' }, 'http://proxy:1/'],
    ['but not an empty entry', { HTTPS_PROXY: 'proxy:1', NO_PROXY: ' , ,' }, 'http://proxy:1/'],
  ])('%s', (_name, environment, proxy) => {
    expect(proxyFor(relay, environment)?.href ?? null).toBe(proxy);
  });

  test.each<[string, string, boolean]>([
    ['https://10.1.2.3', '10.0.0.0/8', false],
    ['https://10.1.2.3', '10.1.2.3', false],
    ['https://10.1.2.3:8443', '10.1.2.3:8443', false],
    ['https://10.1.2.3', '10.1.2.3:8443', true],
    ['https://11.1.2.3', '10.0.0.0/8', true],
    ['https://10.1.2.3', '2.3', true],
    ['https://[2001:db8::5]', '2001:db8::/32', false],
    ['https://[2001:db8::5]', '[2001:db8:0::5]', false],
    ['https://[2001:db9::5]', '2001:db8::/32', true],
    ['https://127.0.0.1:7000', '', false],
    ['https://localhost:7000', '', false],
    ['https://relay.localhost', '', false],
  ])('%s with NO_PROXY=%s: proxied %s', (url, exceptions, proxied) => {
    expect(proxyFor(url, { HTTPS_PROXY: 'proxy:1', NO_PROXY: exceptions }) !== null).toBe(proxied);
  });

  test.each(['http://', 'socks6://proxy:1080', 'proxy:port', 'ftp://proxy', '::1', 'http://pro xy:1'])(
    'HTTPS_PROXY=%s is refused by name',
    (value) => {
      expect(() => proxyFor(relay, { HTTPS_PROXY: value })).toThrow(
        expect.objectContaining({ code: 'bad-input', message: expect.stringContaining('HTTPS_PROXY') }),
      );
    },
  );
});

/** A proxy that answers each connection's first bytes with these, and nothing when null. */
async function saying(answer: string | null): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (answer !== null) socket.once('data', () => socket.end(answer));
    servers.push({ close: () => socket.destroy() });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const servers: { close(): unknown }[] = [];
const relayUrl = 'https://relay.corp.example';
let authority: string;
let folder: string;
let relayPort: number;

async function certificate(name: string) {
  return await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  });
}

async function secureServer(options: { readonly maxVersion?: 'TLSv1.2' } = {}): Promise<number> {
  const { cert, private: key } = await certificate('relay.corp.example');
  authority = `${authority ?? ''}\n${cert}`;
  const server = createTlsServer({ cert, key, ...options }, (_request, response) => response.end('{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push({
    close() {
      server.close();
      server.closeAllConnections();
    },
  });
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-proxies-'));
  relayPort = await secureServer();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true, force: true });
});

const tokens = {
  present: async () => ({ scheme: 'bearer' as const, token: 'x', dpopProof: undefined, expiresAtMs: 0 }),
};

/** What the two ways to the relay, requests and the tunnel, say through this proxy. */
async function asked(proxy: string): Promise<readonly { readonly code: string; readonly message: string }[]> {
  vi.stubEnv('HTTPS_PROXY', proxy);
  vi.stubEnv('https_proxy', '');
  vi.stubEnv('NO_PROXY', '');
  const http = createHttpClient({ ca: [authority] });
  try {
    const outcomes = await Promise.allSettled([
      discoverRelay(relayUrl, http, { signal: AbortSignal.timeout(14_000) }),
      dialRelay({ relayUrl, tokens, appVersion: '0.1.0', ca: [authority], signal: AbortSignal.timeout(14_000) }),
    ]);
    return outcomes.map((outcome) => {
      if (outcome.status === 'fulfilled') throw new Error('It came through');
      return outcome.reason as { code: string; message: string };
    });
  } finally {
    await http.close();
  }
}

const head = (status: string, more = ''): string => `HTTP/1.1 ${status}\r\n${more}Content-Length: 0\r\n\r\n`;

test.each<[string, string | null, RegExp, string?]>([
  [
    'a sign-in by password',
    head('407 Auth', 'Proxy-Authenticate: Basic realm="corp"\r\n'),
    /wants a sign-in of the kind Basic \(HTTP 407\): name user and password in HTTPS_PROXY/,
    'proxy-sign-in',
  ],
  [
    'the desktop’s own sign-in',
    head('407 Auth', 'Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n'),
    /wants a sign-in of the kind Negotiate or NTLM \(HTTP 407\), which Causeway can’t make/,
    'proxy-sign-in',
  ],
  ['a sign-in without a kind', head('407 Auth'), /wants a sign-in \(HTTP 407\)/, 'proxy-sign-in'],
  ['no', head('403 Forbidden'), /doesn’t allow connections there \(HTTP 403\)/],
  ['405', head('405 No'), /doesn’t allow connections there \(HTTP 405\)/],
  ['that it can’t reach the relay', head('502 Bad Gateway'), /can’t reach it \(HTTP 502\)/, 'relay-unreachable'],
  ['503', head('503 Busy'), /can’t reach it \(HTTP 503\)/, 'relay-unreachable'],
  ['a page for people', head('302 Found', 'Location: http://portal/\r\n'), /refuses the connection \(HTTP 302\)/],
  ['nothing, and hangs up', '', /can’t be used: /],
  ['what isn’t HTTP', 'SSH-2.0-OpenSSH\r\n', /can’t be used: /],
])('a proxy that says %s is named with what it said', async (_name, answer, words, code = 'proxy-failed') => {
  const proxy = await saying(answer);
  const host = new URL(proxy.url).host;
  for (const failure of await asked(proxy.url)) {
    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(failure.message).toContain(`the proxy ${host}`);
    expect(failure.message).not.toMatch(/s3cret|undefined|relay answers/);
  }
});

test('a wrong password in HTTPS_PROXY is told from a missing one, and never shown', async () => {
  const proxy = await saying(head('407 Auth', 'Proxy-Authenticate: Basic realm="corp"\r\n'));
  const { host } = new URL(proxy.url);
  for (const { message } of await asked(`http://alice:s3cret@${host}`)) {
    expect(message).toContain('doesn’t accept the user and password in HTTPS_PROXY');
    expect(message).not.toMatch(/s3cret|alice/);
  }
});

test('a proxy that nobody listens at, and one that never answers, are named in time', async () => {
  const gone = await saying(null);
  gone.server.close();
  for (const { message } of await asked(gone.url)) expect(message).toMatch(/the proxy .* nothing listens there/);
  const silent = await saying(null);
  vi.stubEnv('HTTPS_PROXY', silent.url);
  const http = createHttpClient();
  await expect(http.fetch(relayUrl, { timeoutMs: 300 })).rejects.toThrow(/the proxy .*doesn’t answer in time/);
  await http.close();
});

test('through a proxy without a scheme the relay is reached; what it says is not the proxy’s', async () => {
  await using proxy = await startConnectProxy({ 'relay.corp.example:443': relayPort });
  const [byRequest, byTunnel] = await asked(new URL(proxy.url).host);
  expect(byRequest).toMatchObject({ code: 'relay-not-causeway' });
  expect(byTunnel?.message).not.toContain('proxy');
  expect(new Set(proxy.tunnels)).toEqual(new Set(['relay.corp.example:443']));
  expect(proxy.others).toEqual([]);
});

test('a device in between that speaks TLS 1.2 is told from one without TLS', async () => {
  const old = await secureServer({ maxVersion: 'TLSv1.2' });
  await using proxy = await startConnectProxy({ 'relay.corp.example:443': old });
  const [, byTunnel] = await asked(proxy.url);
  expect(byTunnel?.message).toMatch(/only TLS 1\.2 or older.*TLS 1\.3 is needed/);
  const plain = await saying('HTTP/1.1 400 Bad\r\n\r\n');
  await using other = await startConnectProxy({ 'relay.corp.example:443': Number(new URL(plain.url).port) });
  for (const { message } of await asked(other.url)) expect(message).toMatch(/doesn’t speak TLS there/);
});

describe('causeway doctor', () => {
  async function doctor(environment: Record<string, string>): Promise<Readonly<Record<string, unknown>>> {
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, authority);
    const command = startCli(['doctor', relayUrl, '--state-dir', join(folder, 'state'), '--ca', ca], environment);
    await command.ended;
    return Object.fromEntries(command.lines.filter(({ hop }) => hop !== undefined).map((line) => [line['hop'], line]));
  }

  test('names the proxy as the hop that fails, with what it says', async () => {
    const proxy = await saying(head('407 Auth', 'Proxy-Authenticate: NTLM\r\n'));
    const hops = await doctor({ HTTPS_PROXY: new URL(proxy.url).host });
    expect(hops).toMatchObject({
      dns: { status: 'skipped' },
      proxy: { status: 'failed', detail: expect.stringContaining('NTLM') },
      tls: { status: 'skipped' },
      relay: { status: 'skipped' },
      listener: { status: 'ok' },
    });
  });

  test('says what is wrong with a variable, and goes on with the local addresses', async () => {
    expect(await doctor({ HTTPS_PROXY: 'http://' })).toMatchObject({
      proxy: { status: 'failed', detail: expect.stringContaining('HTTPS_PROXY isn’t the address of a proxy') },
      listener: { status: 'ok' },
    });
  });

  test('doesn’t go through the proxy where NO_PROXY excepts the relay', async () => {
    const hops = await doctor({ HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '.corp.example' });
    expect(hops).toMatchObject({ dns: { status: 'failed' }, proxy: { status: 'skipped' } });
  });

  test('looks at TLS through the proxy as the tunnel does', async () => {
    const old = await secureServer({ maxVersion: 'TLSv1.2' });
    await using middle = await startConnectProxy({ 'relay.corp.example:443': old });
    expect(await doctor({ HTTPS_PROXY: middle.url })).toMatchObject({
      proxy: { status: 'ok' },
      tls: { status: 'failed', detail: expect.stringContaining('TLS 1.3 is needed') },
    });
    await using proxy = await startConnectProxy({ 'relay.corp.example:443': relayPort });
    expect(await doctor({ HTTPS_PROXY: proxy.url })).toMatchObject({
      proxy: { status: 'ok', detail: expect.stringContaining('opens connections') },
      tls: { status: 'ok', detail: expect.stringContaining('TLSv1.3') },
      relay: { status: 'failed' },
    });
  });
});

describe('curl beside it', () => {
  test.each<[string, string, (host: string) => Record<string, string>]>([
    ['a host and a port', relayUrl, (host) => ({ HTTPS_PROXY: host })],
    ['a path behind', relayUrl, (host) => ({ https_proxy: `http://${host}/path?x` })],
    ['the proxy for everything', relayUrl, (host) => ({ ALL_PROXY: host })],
    ['an empty lower case', relayUrl, (host) => ({ https_proxy: '', HTTPS_PROXY: host })],
    ['escaped credentials', relayUrl, (host) => ({ https_proxy: `http://alice:s%40crt@${host}` })],
    ['credentials with “%”', relayUrl, (host) => ({ https_proxy: `http://al%ice:50%off@${host}` })],
    ['umlauts in credentials', relayUrl, (host) => ({ https_proxy: `http://zoë:grün@${host}` })],
    ['an exception', relayUrl, (host) => ({ https_proxy: host, no_proxy: 'a.example,.CORP.example' })],
    ['an empty exception', relayUrl, (host) => ({ https_proxy: host, no_proxy: '', NO_PROXY: 'corp.example' })],
    ['everything excepted', relayUrl, (host) => ({ https_proxy: host, no_proxy: '*' })],
    ['a range', 'https://10.1.2.3', (host) => ({ https_proxy: host, no_proxy: '10.0.0.0/8' })],
    ['half an address', 'https://10.1.2.3', (host) => ({ https_proxy: host, no_proxy: '10.1.2' })],
  ])('goes the same way with %s', async (_name, url, variables) => {
    const heads: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        heads.push(data.toString());
        socket.end(head('403 No'));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    const environment = variables(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    await new Promise((resolve) => {
      execFile('curl', ['-s', '--connect-timeout', '1', '--max-time', '2', url], { env: environment }, resolve);
    });
    const proxy = proxyFor(url, environment);
    expect(heads).toHaveLength(proxy === null ? 0 : 1);
    if (proxy === null) return;
    await connectThroughProxy(proxy, { host: 'a', port: 1 }, { ca: [], signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    const [curls, ours] = heads.map((text) => /^proxy-authorization: (.*)$/im.exec(text)?.[1]);
    expect(ours).toBe(curls);
  });
});
