import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { findProgram } from '../../support/install-programs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { answerCalls, makeFourCalls, wholeOutcome } from '../../tunnel/support/four-calls.ts';
import { startLinkedClient } from '../../tunnel/support/linked-client.ts';
import { dial, getRequest, hello, openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { block, documentedProxies, hasIpv6, proxyAddress } from './documented-proxies.ts';

/** What callers call from: another address of this machine. */
const caller = '127.0.0.9';
type Trusted = NonNullable<ConfigInput['relay']['trusted_proxies']>['address_from'];

/** For a range that only a caller can be in. */
const notFromThere = {
  name: 'not from there',
  effect: 'deny' as const,
  groups: ['*'],
  paths: ['/office'],
  networks: [`${caller}/32`],
};

const proxies = documentedProxies();
const worlds = new Map<Trusted, TunnelWorld>();
async function worldOf(trusted: Trusted, withTls: boolean): Promise<TunnelWorld> {
  const known = worlds.get(trusted);
  if (known !== undefined) return known;
  const world = await startTunnelWorld({
    answer: answerCalls,
    configure: ({ relay: { tls, ...relay }, ...config }) => ({
      ...config,
      relay: {
        ...relay,
        ...(withTls && tls !== undefined ? { tls } : {}),
        trusted_proxies: { addresses: [proxyAddress], address_from: trusted },
      },
      apis: config.apis.map((api) => ({ ...api, rules: [...(api.rules ?? []), notFromThere] })),
    }),
  });
  worlds.set(trusted, world);
  return world;
}

/** Addresses of sign-ins that were refused, and of sessions, as the audit has them. */
function addresses(world: TunnelWorld): readonly string[] {
  return queryAudit(world.dataDir, { limit: 5000 }).flatMap(({ record }) =>
    record.type === 'authentication-refused'
      ? [record.remoteAddress]
      : record.type === 'decision'
        ? [record.caller.remoteAddress]
        : [],
  );
}

const forged = { 'X-Forwarded-For': '6.6.6.6', Forwarded: 'for=6.6.6.6', 'X-Real-IP': '6.6.6.6' };

/** Opens a tunnel through a proxy, from another address and with forged headers; the address that the audit has of it. */
async function seenThrough(world: TunnelWorld, port: number): Promise<string> {
  const before = addresses(world).length;
  const dialed = await dial(world, 'ann', {
    port,
    localAddress: caller,
    headers: forged,
  });
  if (!('tunnel' in dialed)) throw new Error(`Refused: ${dialed.status} ${dialed.code}`);
  dialed.tunnel.send(hello);
  await dialed.tunnel.waitForControl('welcome');
  expect(await dialed.tunnel.request(1)).toBe(200);
  await dialed.tunnel.close();
  await waitFor(() => expect(addresses(world).length).toBeGreaterThan(before));
  return addresses(world)[0] ?? '';
}

/** The answer to a request to `/office` of who comes through a proxy from an address. */
async function officeThrough(world: TunnelWorld, port: number, localAddress: string): Promise<number> {
  const tunnel = await openTunnel(world, 'ann', { port, localAddress, headers: forged });
  tunnel.send(hello);
  await tunnel.waitForControl('welcome');
  const status = await tunnel.request(1, getRequest('/office'));
  await tunnel.close();
  return status;
}

/** All kinds of calls at once through a client’s tunnel, then an upload that fills every buffer between, and HTTP/2 on the local side. */
async function carriesAll(world: TunnelWorld, relayPort: number): Promise<void> {
  const client = await startLinkedClient(world, { relayPort });
  try {
    await client.waitForState('open');
    expect(await makeFourCalls(client.url, 'proxied')).toEqual(wholeOutcome);
    const body = Buffer.alloc(24_000_000, 'causeway');
    const answer = await fetch(`${client.url}/upload`, { method: 'POST', body });
    const told = (await answer.json()) as { body: { bytes: number } };
    expect([answer.status, told.body.bytes]).toEqual([200, body.length]);
    const sha256 = createHash('sha256').update(body).digest('hex');
    expect(world.echo.requests.at(-1)?.body?.sha256).toBe(sha256);
    const session = connectHttp2(client.url);
    const stream = session.request({ ':path': '/get' });
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    expect(headers[':status']).toBe(200);
    stream.resume();
    await once(stream, 'end');
    session.close();
  } finally {
    await client.close();
  }
}

/** Asks for the catalog without a good token over IPv6, with forged headers; the address that the audit has of it. */
async function seenOverIpv6(world: TunnelWorld, port: number): Promise<string> {
  const before = addresses(world).length;
  const headers = { ...forged, authorization: 'Bearer nonsense' };
  const sent = request({ host: '::1', port, path: '/v1/catalog', ca: world.ca, headers, agent: false }).end();
  const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  expect(answer.statusCode).toBe(401);
  await waitFor(() => expect(addresses(world).length).toBeGreaterThan(before));
  return addresses(world)[0] ?? '';
}

afterEach(() => proxies.stop());
afterAll(async () => {
  for (const world of worlds.values()) await world.close();
  proxies.close();
});

/** How HAProxy can say who calls, besides as the page has it. */
const sayings: readonly [what: string, change: (text: string) => string][] = [
  ['version 2', (text) => text],
  ['version 1 in its place', (text) => text.replace('send-proxy-v2', 'send-proxy')],
  [
    'version 2 with more behind the addresses',
    (text) => text.replace('send-proxy-v2', 'send-proxy-v2 proxy-v2-options crc32c,unique-id'),
  ],
];

type Proxied = readonly [
  name: string,
  program: 'nginx' | 'haproxy' | 'caddy',
  trusted: Trusted,
  start: (world: TunnelWorld) => Promise<number>,
];

describe('through the proxies of docs/deployment.md', { timeout: 90_000 }, () => {
  const proxied: readonly Proxied[] = [
    ['nginx, which ends TLS', 'nginx', 'x-forwarded-for', proxies.nginx],
    ['Caddy, which ends TLS', 'caddy', 'x-forwarded-for', proxies.caddy],
    ['HAProxy, which ends TLS', 'haproxy', 'x-forwarded-for', proxies.haproxyWithTls],
    ...sayings.map(([what, change]): Proxied => [
      `HAProxy, which passes TLS through, with the PROXY protocol of ${what}`,
      'haproxy',
      'proxy-protocol',
      (world) => proxies.haproxy(world, change),
    ]),
  ];
  for (const [name, program, trusted, start] of proxied)
    it.runIf(findProgram(program) !== null)(`${name}: all goes, from its caller’s address`, async () => {
      const world = await worldOf(trusted, trusted === 'proxy-protocol');
      const port = await start(world);
      // HAProxy takes its relays for gone until it has looked.
      await vi.waitFor(async () => expect(await seenThrough(world, port)).toBe(caller), {
        timeout: 20_000,
        interval: 500,
      });
      // Rules on networks go by the caller, too.
      expect(await officeThrough(world, port, caller)).toBe(403);
      expect(await officeThrough(world, port, '127.0.0.10')).toBe(200);
      await carriesAll(world, port);
      if (hasIpv6) expect(await seenOverIpv6(world, port)).toBe('::1');
      if (trusted !== 'proxy-protocol') return;
      // With health checks, which come with LOCAL, it stays in.
      await wait(2500);
      expect(await seenThrough(world, port)).toBe(caller);
    });

  it.runIf(findProgram('caddy') !== null)('Caddy takes HTTP/2, as browsers speak it to the relay’s pages', async () => {
    const world = await worldOf('x-forwarded-for', false);
    const port = await proxies.caddy(world);
    const tls = { host: '127.0.0.1', port, localAddress: caller, ca: world.ca, ALPNProtocols: ['h2'] };
    const session = connectHttp2(`https://127.0.0.1:${port}`, { createConnection: () => connectTls(tls) });
    const before = addresses(world).length;
    const stream = session.request({
      ':path': '/v1/catalog',
      authorization: 'Bearer nonsense',
      'x-forwarded-for': '6.6.6.6',
    });
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    expect(headers[':status']).toBe(401);
    session.destroy();
    await waitFor(() => expect(addresses(world).length).toBeGreaterThan(before));
    expect(addresses(world)[0]).toBe(caller);
  });
});

/** What a part of Envoy’s configuration holds, however deep (envoy.config.bootstrap.v3). */
function* partsNamed(name: string, part: unknown): Generator {
  if (typeof part !== 'object' || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    if (key === name) yield value;
    yield* partsNamed(name, value);
  }
}

// There is no Envoy to install here: what the tunnel needs of one is looked for in the block.
it.each<[string, unknown]>([
  ['use_remote_address', true],
  ['upgrade_type', 'websocket'],
  ['timeout', '0s'],
  ['stream_idle_timeout', '0s'],
  ['alpn_protocols', ['http/1.1']],
  ['path', '/readyz/node'],
  ['port_value', 7443],
])('Envoy’s block says %s: %j', (name, value) => {
  expect([...partsNamed(name, parse(block('yaml', 'envoy.transport_sockets')))]).toContainEqual(value);
});

describe('without a trusted proxy between', () => {
  it('a forged header is ignored: the address is that of the connection', async () => {
    const world = await startTunnelWorld({
      configure: (config) => ({
        ...config,
        relay: { ...config.relay, trusted_proxies: { addresses: ['127.0.0.77'], address_from: 'x-forwarded-for' } },
      }),
    });
    try {
      expect(await seenThrough(world, world.relayPort)).toBe(caller);
    } finally {
      await world.close();
    }
  });
});

/** TCP over IPv4 from 198.51.100.3, with a TLV of four bytes. */
const version2 = Buffer.from('0d0a0d0a000d0a515549540a21110013c63364030a000001000101bb04000400000000', 'hex');

describe('the PROXY protocol', { timeout: 60_000 }, () => {
  let world: TunnelWorld;
  beforeAll(async () => void (world = await worldOf('proxy-protocol', true)));

  /** Sends bytes from an address, then TLS with a request; the status of the answer, or null for none. */
  const answered = async (from: string, pieces: readonly (string | Buffer)[]): Promise<string | null> => {
    const raw = connect({ port: world.relayPort, host: '127.0.0.1', localAddress: from });
    raw.on('error', () => undefined);
    await once(raw, 'connect');
    for (const piece of pieces) {
      raw.write(piece);
      await wait(20);
    }
    if (raw.destroyed || raw.readableEnded) return null;
    const secure = connectTls({ socket: raw, ca: world.ca, host: '127.0.0.1', servername: '' });
    const text = new Promise<string | null>((resolve) => {
      secure.once('data', (data: Buffer) => resolve(data.toString('latin1', 0, 12)));
      secure.once('error', () => resolve(null));
      secure.once('close', () => resolve(null));
      raw.once('close', () => resolve(null));
    });
    secure.once('secureConnect', () =>
      secure.write(
        'GET /v1/catalog HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer nonsense\r\nConnection: close\r\n\r\n',
      ),
    );
    const found = await text;
    secure.destroy();
    raw.destroy();
    return found;
  };

  it.each<[string, string, readonly (string | Buffer)[], boolean, string]>([
    ['one piece', '127.0.0.1', ['PROXY TCP4 198.51.100.1 10.0.0.1 1 2\r\n'], true, '198.51.100.1'],
    ['byte by byte', '127.0.0.1', 'PROXY TCP4 198.51.100.2 1.1.1.1 1 2\r\n'.split(''), true, '198.51.100.2'],
    ['a health check’s', '127.0.0.1', [Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')], true, '127.0.0.1'],
    [
      'version 2, cut within its addresses',
      '127.0.0.1',
      [version2.subarray(0, 20), version2.subarray(20)],
      true,
      '198.51.100.3',
    ],
    [
      'version 2, cut within what is behind them',
      '127.0.0.1',
      [version2.subarray(0, 30), version2.subarray(30)],
      true,
      '198.51.100.3',
    ],
    ['version 2 from anybody else', '127.0.0.8', [version2], false, ''],
    ['none from a trusted proxy', '127.0.0.1', [], false, ''],
    ['a malformed one', '127.0.0.1', ['PROXY TCP5 1.1.1.1\r\n'], false, ''],
    ['none from anybody else', '127.0.0.8', [], true, '127.0.0.8'],
    ['a forged one', '127.0.0.8', ['PROXY TCP4 6.6.6.6 10.0.0.1 1 2\r\n'], false, ''],
  ])('%s from %s', async (_what, from, pieces, isAnswered, seen) => {
    const before = addresses(world).length;
    expect(await answered(from, pieces)).toBe(isAnswered ? 'HTTP/1.1 401' : null);
    const recorded = addresses(world);
    expect(recorded.length - before).toBe(isAnswered ? 1 : 0);
    if (isAnswered) expect(recorded[0]).toBe(seen);
  });
});
