import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { runInNewContext } from 'node:vm';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createHttpClient } from '../../../client/network/http-client.ts';
import { parsePacResult } from '../../../client/network/pac-result.ts';
import { createProxyPasswords } from '../../../client/network/proxy-passwords.ts';
import type { ProxySource } from '../../../client/network/proxy-source.ts';
import { createSystemProxies } from '../../../client/network/system-proxies.ts';
import { watchProxies } from '../../../client/network/watch-proxies.ts';
import { discoverRelay } from '../../../client/sign-in/discover-relay.ts';
import { dialRelay } from '../../../client/tunnel/dial.ts';
import { freePort } from '../../support/free-port.ts';
import { startConnectProxy } from '../../support/start-connect-proxy.ts';
import { waitFor } from '../../support/wait-for.ts';
import { memorySecrets } from '../support/core-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

describe('what a system says of the way to an address', () => {
  const proxy = (url: string) => ({ type: 'proxy', url });
  const direct = { type: 'direct' };
  test.each<[string, readonly object[]]>([
    ['DIRECT', [direct]],
    ['', [direct]],
    ['  ;; ', [direct]],
    ['PROXY proxy.example:3128', [proxy('http://proxy.example:3128')]],
    ['proxy PROXY.Example:3128;direct', [proxy('http://proxy.example:3128'), direct]],
    ['HTTPS a:443; PROXY b:80; DIRECT', [proxy('https://a:443'), proxy('http://b:80'), direct]],
    ['PROXY [2001:db8::1]:3128', [proxy('http://[2001:db8::1]:3128')]],
    ['SOCKS5 a:1080; PROXY b:80', [proxy('socks5://a:1080'), proxy('http://b:80')]],
    ['SOCKS a:1080', [proxy('socks4://a:1080')]],
    ['socks4 [2001:DB8::1]:1080; DIRECT', [proxy('socks4://[2001:db8::1]:1080'), direct]],
    ['SOCKS5 user:pw@a:1080', [direct]],
    ['SOCKS6 a:1080', [direct]],
    ['QUIC a:443; PROXY b:80', [{ type: 'unsupported', kind: 'QUIC' }, proxy('http://b:80')]],
    ['PROXY user:pw@a:80', [direct]],
    ['PROXY a:80/path', [direct]],
    ['PROXY a:99999', [direct]],
    ['PROXY a', [direct]],
    ['PROXY a:80 b:80', [direct]],
    ['PROXY http://a:80', [direct]],
    ['javascript:alert(1)', [direct]],
  ])('reads %j', (text, ways) => {
    expect(parsePacResult(text)).toEqual(ways);
  });
});

/** A company's PAC file, as browsers run it. */
const pac = `function FindProxyForURL(url, host) {
  if (host === 'intern.corp.example') return 'DIRECT';
  if (/\\.corp\\.example$/.test(host)) return 'PROXY one.corp.example:3128; PROXY two.corp.example:3128';
  return host === 'odd.example' ? 'QUIC odd.example:443' : 'DIRECT';
}`;
const byPac = async (url: string): Promise<string> =>
  runInNewContext(`${pac}\nFindProxyForURL(url, host)`, { url, host: new URL(url).hostname }) as string;

function sourceOf(change: {
  readonly resolve?: (url: string) => Promise<string>;
  readonly environment?: Record<string, string>;
  readonly now?: () => number;
}) {
  const secrets = memorySecrets();
  const onChange = vi.fn<() => void>();
  const passwords = createProxyPasswords(secrets, onChange);
  const asked: string[] = [];
  const resolve = change.resolve ?? byPac;
  const proxies = createSystemProxies({
    environment: {},
    now: Date.now,
    ...change,
    resolve: (url) => {
      asked.push(url);
      return resolve(url);
    },
    passwords,
  });
  return { proxies, passwords, secrets, asked, onChange };
}

describe('the system’s proxy', () => {
  test.each([
    ['http://127.0.0.1:7101/'],
    ['http://[::1]:7101/'],
    ['http://orders.localhost:7100/'],
    ['https://localhost/'],
  ])('is never on the way to %s, and isn’t even asked for', async (url) => {
    const { proxies, asked } = sourceOf({ resolve: async () => 'PROXY proxy.example:3128' });
    expect(await proxies.proxyFor(url)).toBeNull();
    expect(asked).toEqual([]);
  });

  test.each<[string, Record<string, string>, string | null]>([
    ['https://relay.corp.example/', {}, 'http://one.corp.example:3128/'],
    ['https://intern.corp.example/', {}, null],
    ['https://relay.example/', {}, null],
    ['https://relay.corp.example/', { HTTPS_PROXY: 'mine:1' }, 'http://mine:1/'],
    ['https://relay.corp.example/', { HTTPS_PROXY: 'mine:1', NO_PROXY: 'corp.example' }, null],
    ['https://relay.corp.example/', { HTTPS_PROXY: ' ', NO_PROXY: '*' }, 'http://one.corp.example:3128/'],
  ])('follows the PAC file for %s with %o', async (url, environment, expected) => {
    expect((await sourceOf({ environment }).proxies.proxyFor(url))?.href ?? null).toBe(expected);
  });

  test('of a kind that isn’t spoken is said, not gone around', async () => {
    await expect(sourceOf({}).proxies.proxyFor('https://odd.example/')).rejects.toMatchObject({
      code: 'bad-input',
      message: 'This system’s settings name a proxy of the kind QUIC; Causeway uses HTTP, HTTPS and SOCKS proxies.',
    });
  });

  test('that can’t be told counts as none', async () => {
    const { proxies } = sourceOf({ resolve: () => Promise.reject(new Error('no')) });
    expect(await proxies.proxyFor('https://relay.corp.example/')).toBeNull();
  });

  test('that fails gives way to the next one for some minutes, and is the only choice where it is', async () => {
    let nowMs = 1_000_000;
    const { proxies } = sourceOf({ now: () => nowMs });
    const next = async (): Promise<URL> => (await proxies.proxyFor('https://relay.corp.example/')) as URL;
    proxies.didFail?.(await next());
    expect((await next()).hostname).toBe('two.corp.example');
    proxies.didFail?.(await next());
    expect((await next()).hostname).toBe('one.corp.example');
    nowMs += 5 * 60_000 + 1;
    expect((await next()).hostname).toBe('one.corp.example');
  });

  test('that changes is noticed while nothing is asked of it, once for each change', async () => {
    let way = 'DIRECT';
    const { proxies } = sourceOf({ resolve: async () => way });
    const changes = vi.fn<() => void>();
    const stop = watchProxies({
      proxies,
      urls: () => ['https://relay.corp.example', 'https://other.example'],
      onChange: changes,
      everyMs: 5,
    });
    await new Promise((resolve) => setImmediate(resolve));
    way = 'PROXY proxy.example:3128';
    await waitFor(() => expect(changes).toHaveBeenCalledTimes(1));
    way = 'SOCKS socks.example:1080';
    await waitFor(() => expect(changes).toHaveBeenCalledTimes(2));
    stop();
  });
});

const relayUrl = 'https://relay.corp.example';
let authority = '';
let relayPort = 0;
let stopRelay: () => void;

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'relay.corp.example' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'relay.corp.example' }] },
    ],
  });
  authority = cert;
  const server = createTlsServer({ cert, key }, (_request, response) => response.end('{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  relayPort = (server.address() as AddressInfo).port;
  stopRelay = () => {
    server.close();
    server.closeAllConnections();
  };
});
afterAll(() => stopRelay());

const tokens = {
  present: async () => ({ scheme: 'bearer' as const, token: 'x', dpopProof: undefined, expiresAtMs: 0 }),
};

/** What the two ways to the relay, requests and the tunnel, come to: the relay's stand-in is none, which they say. */
async function outcomes(proxies: ProxySource): Promise<readonly string[]> {
  const ca = [authority];
  const http = createHttpClient({ ca, proxies });
  const signal = AbortSignal.timeout(20_000);
  try {
    const settled = await Promise.allSettled([
      discoverRelay(relayUrl, http, { signal }),
      dialRelay({ relayUrl, tokens, appVersion: '0.1.0', ca, proxies, signal }),
    ]);
    return settled.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : 'opened'));
  } finally {
    await http.close();
  }
}
const throughIt = ['relay-not-causeway', 'relay-not-causeway'];
const placeOf = (url: string): string => new URL(url).host;

describe('both ways to the relay', () => {
  test('go through the proxy that the system names', async () => {
    await using proxy = await startConnectProxy({ 'relay.corp.example:443': relayPort });
    const { proxies } = sourceOf({ resolve: async () => `PROXY ${placeOf(proxy.url)}` });
    expect(await outcomes(proxies)).toEqual(throughIt);
    expect(new Set(proxy.tunnels)).toEqual(new Set(['relay.corp.example:443']));
    expect(proxy.others).toEqual([]);
  });

  test('take the second proxy where nobody listens at the first', async () => {
    await using proxy = await startConnectProxy({ 'relay.corp.example:443': relayPort });
    const gone = `127.0.0.1:${await freePort()}`;
    const { proxies } = sourceOf({ resolve: async () => `PROXY ${gone}; PROXY ${placeOf(proxy.url)}` });
    const [byRequest] = await outcomes(proxies);
    expect(byRequest).toBe('relay-not-causeway');
    // The tunnel's next attempt knows what the first one found.
    expect(await outcomes(proxies)).toEqual(throughIt);
  });

  test('a proxy that wants a password has the person asked once, and gets it from then on', async () => {
    await using proxy = await startConnectProxy({ 'relay.corp.example:443': relayPort });
    proxy.credentials = 'zoë:p%:ss';
    const resolve = async (): Promise<string> => `PROXY ${placeOf(proxy.url)}`;
    const { proxies, passwords, secrets, onChange } = sourceOf({ resolve });
    const needed = ['proxy-sign-in', 'proxy-sign-in'];
    expect(await outcomes(proxies)).toEqual(needed);
    expect(passwords.wanted()).toEqual({ proxy: placeOf(proxy.url), refused: false });
    expect(onChange).toHaveBeenCalledTimes(1);

    await passwords.answer({ user: 'zoë', password: 'wrong' });
    expect(passwords.wanted()).toBeNull();
    expect(await outcomes(proxies)).toEqual(needed);
    expect(passwords.wanted()).toEqual({ proxy: placeOf(proxy.url), refused: true });

    await passwords.answer({ user: 'zoë', password: 'p%:ss' });
    expect(await outcomes(proxies)).toEqual(throughIt);
    expect(passwords.wanted()).toBeNull();

    // The next start of the program finds it with the other secrets.
    const later = createProxyPasswords(secrets, onChange);
    const again = createSystemProxies({ resolve, environment: {}, passwords: later, now: Date.now });
    expect(await outcomes(again)).toEqual(throughIt);
    expect([...secrets.values.keys()]).toEqual([`proxy:http://${placeOf(proxy.url)}`]);
  });

  test('an answer that came while another request was refused isn’t asked for again', async () => {
    const { proxies, passwords } = sourceOf({ resolve: async () => 'PROXY proxy.example:3128' });
    const before = (await proxies.proxyFor(relayUrl)) as URL;
    expect(proxies.didRefusePassword?.(before)).toBe(true);
    await passwords.answer({ user: 'alice', password: 'right' });
    proxies.didRefusePassword?.(before);
    expect(passwords.wanted()).toBeNull();
  });

  test('a password that was given to a proxy over TLS isn’t sent to one without, in the same place', async () => {
    const secrets = memorySecrets();
    const passwords = createProxyPasswords(secrets, () => undefined);
    const [https, http] = [new URL('https://proxy.example:3128'), new URL('http://proxy.example:3128')];
    await passwords.addTo(https);
    passwords.didRefuse(https);
    expect(passwords.wanted()).toEqual({ proxy: 'https://proxy.example:3128', refused: false });
    await passwords.answer({ user: 'alice', password: 'right' });
    for (const each of [passwords, createProxyPasswords(secrets, () => undefined)]) {
      expect((await each.addTo(https)).username).toBe('alice');
      expect((await each.addTo(http)).username).toBe('');
    }
  });

  test('a password that was forgotten is asked for again, also after a restart', async () => {
    const secrets = memorySecrets();
    const proxy = new URL('http://proxy.example:3128');
    const first = createProxyPasswords(secrets, () => undefined);
    first.didRefuse(proxy);
    await first.answer({ user: 'alice', password: 'right' });
    const onChange = vi.fn();
    const later = createProxyPasswords(secrets, onChange);
    expect(later.kept()).toEqual([]);
    await later.addTo(proxy);
    expect(later.kept()).toEqual(['proxy.example:3128']);
    expect(onChange).toHaveBeenCalledTimes(1);
    await later.forget('other.example:3128');
    await later.forget('proxy.example:3128');
    expect(later.kept()).toEqual([]);
    expect((await later.addTo(proxy)).username).toBe('');
    expect(secrets.values.size).toBe(0);
  });

  test('a password that can’t be stored holds until the program ends; a damaged one counts as none', async () => {
    const secrets = memorySecrets();
    secrets.values.set('proxy:http://proxy.example:3128', '{"user":');
    const passwords = createProxyPasswords(
      { ...secrets, set: () => Promise.reject(new Error('full')) },
      () => undefined,
    );
    const proxy = new URL('http://proxy.example:3128');
    expect((await passwords.addTo(proxy)).username).toBe('');
    passwords.didRefuse(proxy);
    await passwords.answer({ user: 'alice', password: 'a/b@c' });
    expect((await passwords.addTo(proxy)).href).toBe('http://alice:a%2Fb%40c@proxy.example:3128/');
  });
});
