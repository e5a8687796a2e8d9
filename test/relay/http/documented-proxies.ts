import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readProjectFile } from '../../docs/read-docs.ts';
import { freePort } from '../../support/free-port.ts';
import { findProgram } from '../../support/install-programs.ts';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

/** Where proxies listen and come from. */
export const proxyAddress = '127.0.0.1';
export const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const page = readProjectFile('docs/deployment.md');
const timeouts = 'defaults\n    timeout connect 5s\n    timeout client 1h\n    timeout server 1h\n\n';

/** The first block of docs/deployment.md in a language that holds a text, as IT copies it. */
export function block(language: string, holding: string): string {
  const found = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gmu)].find(
    ([, name, text = '']) => name === language && text.includes(holding),
  );
  if (found === undefined) throw new Error(`No ${language} block holds ${holding}`);
  return found[2] ?? '';
}

/** Proxies as the page has them, each in front of a relay; they end with `stop`, and their folder with `close`. */
export interface DocumentedProxies {
  readonly nginx: (world: TunnelWorld) => Promise<number>;
  readonly caddy: (world: TunnelWorld) => Promise<number>;
  readonly haproxyWithTls: (world: TunnelWorld) => Promise<number>;
  /** @param change of the block, for other versions of the PROXY protocol */
  readonly haproxy: (world: TunnelWorld, change?: (text: string) => string) => Promise<number>;
  stop(): Promise<void>;
  close(): void;
}

export function documentedProxies(): DocumentedProxies {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-proxies-'));
  const running: ChildProcess[] = [];

  const start = async (
    name: 'nginx' | 'haproxy' | 'caddy',
    given: readonly string[],
    port: number,
  ): Promise<number> => {
    const child = spawn(findProgram(name) ?? name, given, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: folder },
    });
    running.push(child);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2000)));
    for (let tries = 0; tries < 400; tries += 1) {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`);
      const socket = connect(port, proxyAddress);
      const isUp = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (isUp) return port;
      await wait(50);
    }
    throw new Error(`${name} doesn’t listen: ${said}`);
  };
  /** Certificate and key apart, and in one file, as HAProxy reads them. */
  const certificateOf = (world: TunnelWorld): { cert: string; key: string; both: string } => {
    const [cert = '', key = ''] = ['relay.pem', 'relay-key.pem'].map((name) => join(dirname(world.dataDir), name));
    const both = join(folder, 'both.pem');
    writeFileSync(both, `${readFileSync(cert, 'utf8').trim()}\n${readFileSync(key, 'utf8')}`, { mode: 0o600 });
    return { cert, key, both };
  };
  const upstream = (text: string, world: TunnelWorld): string =>
    text.replace('127.0.0.1:7443', `127.0.0.1:${world.relayPort}`);
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const binds = (port: number): string => `${proxyAddress}:${port}${hasIpv6 ? `,[::1]:${port}` : ''}`;

  return {
    async nginx(world) {
      const { cert, key } = certificateOf(world);
      const port = await freePort();
      const listens = `listen ${proxyAddress}:${port} ssl;${hasIpv6 ? ` listen [::1]:${port} ssl;` : ''}`;
      const server = upstream(block('nginx', 'X-Forwarded-For'), world)
        .replace('listen 443 ssl;', listens)
        .replace('/etc/nginx/causeway.pem', cert)
        .replace('/etc/nginx/causeway-key.pem', key);
      const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
      const file = write(
        'nginx.conf',
        `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {}\nhttp { access_log off; ${places.join(' ')}\n${server} }`,
      );
      return start('nginx', ['-c', file, '-p', folder], port);
    },
    async caddy(world) {
      const { cert, key } = certificateOf(world);
      const port = await freePort();
      const hosts = `https://127.0.0.1:${port}${hasIpv6 ? `, https://[::1]:${port}` : ''}`;
      const text = upstream(block('caddy', 'reverse_proxy'), world).replace(
        'access.acme.example {',
        `${hosts} {\n    bind ${proxyAddress}${hasIpv6 ? ' ::1' : ''}\n    tls ${cert} ${key}`,
      );
      const file = write('Caddyfile', `{\n    admin off\n    auto_https disable_redirects\n}\n${text}`);
      return start('caddy', ['run', '--config', file], port);
    },
    async haproxyWithTls(world) {
      const port = await freePort();
      const text = upstream(block('haproxy', 'option forwardfor'), world)
        .replace('bind :443', `bind ${binds(port)}`)
        .replace('/etc/haproxy/causeway.pem', certificateOf(world).both);
      return start('haproxy', ['-db', '-f', write('haproxy.cfg', `${timeouts}${text}`)], port);
    },
    async haproxy(world, change = (text) => text) {
      const port = await freePort();
      const text = change(upstream(block('haproxy', 'send-proxy-v2'), world)).replace(
        'bind :443',
        `bind ${binds(port)}`,
      );
      return start('haproxy', ['-db', '-f', write('haproxy.cfg', `${timeouts}${text}`)], port);
    },
    async stop() {
      for (const child of running.splice(0)) {
        if (child.exitCode !== null) continue;
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
