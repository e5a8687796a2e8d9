import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { freePort } from '../../support/free-port.ts';
import { findProgram } from '../../support/install-programs.ts';
import { readProjectFile } from '../../docs/read-docs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { dial, hello } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

const page = readProjectFile('docs/deployment.md');
const proxyAddress = '127.0.0.1';
/** What callers call from: other addresses of this machine. */
const caller = '127.0.0.9';
type Trusted = NonNullable<ConfigInput['relay']['trusted_proxies']>['address_from'];

/** The first block of the page in a language that holds a text, as IT copies it. */
function block(language: string, holding: string): string {
  const found = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gmu)].find(
    ([, name, text = '']) => name === language && text.includes(holding),
  );
  if (found === undefined) throw new Error(`No ${language} block holds ${holding}`);
  return found[2] ?? '';
}

const folder = mkdtempSync(join(tmpdir(), 'causeway-proxies-'));
const running: ChildProcess[] = [];

async function start(program: string, programArguments: readonly string[], port: number): Promise<void> {
  const child = spawn(program, programArguments, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: folder },
  });
  running.push(child);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2000)));
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`);
    const socket = connect(port, proxyAddress);
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
    await wait(50);
  }
  throw new Error(`${program} doesn’t listen: ${said}`);
}

const worlds = new Map<Trusted, TunnelWorld>();
async function worldOf(trusted: Trusted, withTls: boolean): Promise<TunnelWorld> {
  const known = worlds.get(trusted);
  if (known !== undefined) return known;
  const world = await startTunnelWorld({
    configure: ({ relay: { tls, ...relay }, ...config }) => ({
      ...config,
      relay: {
        ...relay,
        ...(withTls && tls !== undefined ? { tls } : {}),
        trusted_proxies: { addresses: [proxyAddress], address_from: trusted },
      },
    }),
  });
  worlds.set(trusted, world);
  return world;
}

/** Addresses of sign-ins that were refused, and of sessions, as the audit has them. */
function addresses(world: TunnelWorld): readonly string[] {
  return queryAudit(world.dataDir, { limit: 50 }).flatMap(({ record }) =>
    record.type === 'authentication-refused'
      ? [record.remoteAddress]
      : record.type === 'decision'
        ? [record.caller.remoteAddress]
        : [],
  );
}

/** Opens a tunnel through a proxy, from another address and with forged headers; the address that the audit has of it. */
async function seenThrough(world: TunnelWorld, port: number): Promise<string> {
  const before = addresses(world).length;
  const dialed = await dial(world, 'ann', {
    port,
    localAddress: caller,
    headers: { 'X-Forwarded-For': '6.6.6.6', Forwarded: 'for=6.6.6.6', 'X-Real-IP': '6.6.6.6' },
  });
  if (!('tunnel' in dialed)) throw new Error(`Refused: ${dialed.status} ${dialed.code}`);
  dialed.tunnel.send(hello);
  await dialed.tunnel.waitForControl('welcome');
  expect(await dialed.tunnel.request(1)).toBe(200);
  await dialed.tunnel.close();
  await waitFor(() => expect(addresses(world).length).toBeGreaterThan(before));
  return addresses(world)[0] ?? '';
}

/** Certificate and key in one file, as HAProxy reads them, and apart. */
function certificateOf(world: TunnelWorld): { cert: string; key: string; both: string } {
  const [cert, key] = ['relay.pem', 'relay-key.pem'].map((name) => join(dirname(world.dataDir), name)) as [
    string,
    string,
  ];
  const both = join(folder, 'both.pem');
  writeFileSync(both, `${readFileSync(cert, 'utf8').trim()}\n${readFileSync(key, 'utf8')}`, { mode: 0o600 });
  return { cert, key, both };
}

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
});
afterAll(async () => {
  for (const world of worlds.values()) await world.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a tunnel through the proxies of docs/deployment.md has its caller’s address', { timeout: 60_000 }, () => {
  it.runIf(findProgram('nginx') !== null)('nginx, which ends TLS', async () => {
    const world = await worldOf('x-forwarded-for', false);
    const { cert, key } = certificateOf(world);
    const port = await freePort();
    const location = block('nginx', 'X-Forwarded-For').replace('127.0.0.1:7443', `127.0.0.1:${world.relayPort}`);
    const server = `server { listen ${proxyAddress}:${port} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};\n${location}}`;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder};`,
    );
    const config = `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {}\nhttp { access_log off; ${temporary.join(' ')}\n${server} }`;
    writeFileSync(join(folder, 'nginx.conf'), config);
    await start(findProgram('nginx') ?? '', ['-c', join(folder, 'nginx.conf'), '-p', folder], port);
    expect(await seenThrough(world, port)).toBe(caller);
  });

  it.runIf(findProgram('haproxy') !== null)('HAProxy, which ends TLS', async () => {
    const world = await worldOf('x-forwarded-for', false);
    const port = await freePort();
    const text = block('haproxy', 'option forwardfor')
      .replace('bind :443', `bind ${proxyAddress}:${port}`)
      .replace('/etc/haproxy/causeway.pem', certificateOf(world).both)
      .replace('127.0.0.1:7443', `127.0.0.1:${world.relayPort}`);
    writeFileSync(join(folder, 'haproxy.cfg'), `${timeouts}${text}`);
    await start(findProgram('haproxy') ?? '', ['-db', '-f', join(folder, 'haproxy.cfg')], port);
    await vi.waitFor(async () => expect(await seenThrough(world, port)).toBe(caller), {
      timeout: 10_000,
      interval: 500,
    });
  });

  it.runIf(findProgram('haproxy') !== null)('HAProxy with the PROXY protocol, which passes TLS through', async () => {
    const world = await worldOf('proxy-protocol', true);
    const port = await freePort();
    const text = block('haproxy', 'send-proxy-v2')
      .replace('bind :443', `bind ${proxyAddress}:${port}`)
      .replace('127.0.0.1:7443', `127.0.0.1:${world.relayPort}`);
    writeFileSync(join(folder, 'haproxy.cfg'), `${timeouts}${text}`);
    await start(findProgram('haproxy') ?? '', ['-db', '-f', join(folder, 'haproxy.cfg')], port);
    expect(await seenThrough(world, port)).toBe(caller);
    // With health checks, which come with LOCAL, it stays in.
    await wait(2500);
    expect(await seenThrough(world, port)).toBe(caller);
  });

  it.runIf(findProgram('caddy') !== null)('Caddy, which ends TLS', async () => {
    const world = await worldOf('x-forwarded-for', false);
    const { cert, key } = certificateOf(world);
    const port = await freePort();
    const text = block('caddy', 'reverse_proxy')
      .replace('access.acme.example {', `https://127.0.0.1:${port} {\n    bind ${proxyAddress}\n    tls ${cert} ${key}`)
      .replace('127.0.0.1:7443', `127.0.0.1:${world.relayPort}`);
    writeFileSync(join(folder, 'Caddyfile'), `{\n    admin off\n    auto_https disable_redirects\n}\n${text}`);
    await start(findProgram('caddy') ?? '', ['run', '--config', join(folder, 'Caddyfile')], port);
    expect(await seenThrough(world, port)).toBe(caller);
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

const timeouts = 'defaults\n    timeout connect 5s\n    timeout client 1h\n    timeout server 1h\n\n';

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
