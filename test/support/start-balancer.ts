import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something that hands connections to several relays in turn, without looking into them. */
export interface Balancer {
  /** `HAProxy`, or `Node` where that isn't installed. */
  readonly name: string;
  close(): Promise<void>;
}

function findHaproxy(): string | null {
  const folders = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, 'haproxy')).find((path) => existsSync(path)) ?? null;
}

/** Starts one on a port of loopback before relays on other ports. */
export function startBalancer(port: number, relays: readonly number[], readiness = '/readyz/node'): Promise<Balancer> {
  const program = findHaproxy();
  return program === null ? startNodeBalancer(port, relays) : startHaproxy(program, port, relays, readiness);
}

async function startHaproxy(
  program: string,
  port: number,
  relays: readonly number[],
  readiness: string,
): Promise<Balancer> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-haproxy-'));
  const configPath = join(folder, 'haproxy.cfg');
  const servers = relays.map(
    (relay, index) =>
      `  server relay-${index + 1} 127.0.0.1:${relay} check check-ssl verify none inter 200ms fall 2 rise 1`,
  );
  writeFileSync(
    configPath,
    [
      'global',
      '  maxconn 2000',
      'defaults',
      '  mode tcp',
      '  timeout connect 2s',
      '  timeout client 1h',
      '  timeout server 1h',
      '  timeout check 2s',
      '  option redispatch',
      '  retries 3',
      'listen relays',
      `  bind 127.0.0.1:${port}`,
      '  balance roundrobin',
      `  option httpchk GET ${readiness}`,
      ...servers,
      '',
    ].join('\n'),
  );
  const child: ChildProcess = spawn(program, ['-db', '-f', configPath], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  await untilTaken(port);
  return {
    name: 'HAProxy',
    async close() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startNodeBalancer(port: number, relays: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const carry = (client: Socket, triesLeft: number): void => {
    const peer = connect(relays[turn++ % relays.length] ?? 0, '127.0.0.1');
    sockets.add(peer);
    peer.once('connect', () => client.pipe(peer).pipe(client));
    peer.on('error', () => (peer.bytesRead === 0 && triesLeft > 0 ? carry(client, triesLeft - 1) : client.destroy()));
    peer.on('close', () => {
      sockets.delete(peer);
      if (peer.bytesRead > 0) client.destroy();
    });
    client.on('close', () => peer.destroy());
  };
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => client.destroy()).on('close', () => sockets.delete(client));
    carry(client, relays.length - 1);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    name: 'Node',
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function untilTaken(port: number): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(50);
    } finally {
      socket.destroy();
    }
  }
}
