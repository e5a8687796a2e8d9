import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keptCode } from '../../../build/kept-code.ts';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { freePort } from '../../support/free-port.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type RunningCli, startCli } from '../support/run-cli.ts';

// Each command is a process of its own that derives a key from the passphrase: slow on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 120_000 });

const passphrase = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };
const cliPath = join(import.meta.dirname, '../../../client/cli.ts');
let world: DemoWorld;
let stateDir: string;

function causeway(args: readonly string[]): RunningCli {
  return startCli([...args, '--state-dir', stateDir, '--ca', world.caPath, '--no-browser'], passphrase);
}

beforeAll(async () => {
  world = await startDemoWorld();
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-ends-'));
  const login = causeway(['login', world.relayUrl]);
  const { url } = await login.line((line) => line.type === 'open-page');
  await signInWithoutBrowser(String(url), { user: 'alice' });
  expect(await login.ended).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await world.close();
  await rm(stateDir, { recursive: true, force: true });
});

/** An open local connection, and what it has been sent. */
async function caller(port: number, sends: string, options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', ...options });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(sends);
  return socket;
}

function request(port: number, path: string, more = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${more}\r\n`;
}

const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const large = '/v1/export?bytes=50000000';

/** What local programs do to connections of theirs before the command is asked to end. */
const ways: Readonly<Record<string, (port: number) => Promise<readonly Socket[]>>> = {
  'a refused WebSocket handshake': async (port) => {
    const socket = await caller(port, request(port, '/v1/orders', upgrade));
    await once(socket, 'data');
    return [socket];
  },
  'a refused WebSocket handshake on a connection that stays half-open': async (port) => {
    const socket = await caller(port, request(port, '/v1/orders', upgrade), { allowHalfOpen: true });
    socket.resume();
    await once(socket, 'end');
    return [socket];
  },
  'a request whose caller has ended its side': async (port) => {
    const socket = await caller(port, request(port, '/v1/orders'), { allowHalfOpen: true });
    socket.end();
    socket.resume();
    await once(socket, 'end');
    return [socket];
  },
  'a reset by the caller while an answer is written': async (port) => {
    const socket = await caller(port, request(port, large));
    await once(socket, 'data');
    socket.resetAndDestroy();
    return [];
  },
  'callers that read no more, and others that wait for their answers or send half a head': async (port) => {
    const unread = await Promise.all(Array.from({ length: 10 }, () => caller(port, request(port, large))));
    await Promise.all(unread.map((socket) => once(socket, 'readable')));
    const slow = await Promise.all(Array.from({ length: 20 }, () => caller(port, request(port, '/v1/slow?ms=60000'))));
    const half = await Promise.all(Array.from({ length: 20 }, () => caller(port, 'GET / HT')));
    return [...unread, ...slow, ...half];
  },
  'refused handshakes of many at once': async (port) => {
    const sockets = await Promise.all(
      Array.from({ length: 50 }, () => caller(port, request(port, '/v1/orders', upgrade))),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    return sockets;
  },
};

/** Much longer than the 5 s that it promises, for a busy machine; callers stay for a minute, and the relay for good. */
const boundMs = 20_000;

/** Asks the command to end, and gives it its bound. */
async function ends(command: RunningCli, signals: readonly NodeJS.Signals[]): Promise<unknown> {
  for (const signal of signals) command.child.kill(signal);
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise((resolve) => {
    timer = globalThis.setTimeout(resolve, boundMs, `still there after ${boundMs} ms`);
  });
  const ended = await Promise.race([command.ended, tooLong]);
  clearTimeout(timer);
  return ended;
}

test.for(
  Object.entries(ways).map(([name, way], index) => ({ name, way, signal: index % 2 === 0 ? 'SIGINT' : 'SIGTERM' })),
)('connect ends on $signal after $name', async ({ way, signal }) => {
  const port = await freePort();
  const command = causeway(['connect', 'orders', '--port', String(port)]);
  let sockets: readonly Socket[] = [];
  try {
    await command.line((line) => line.type === 'tunnel' && line['status'] === 'open');
    sockets = await way(port);
    expect(await ends(command, [signal as NodeJS.Signals])).toMatchObject({ code: 0 });
  } finally {
    for (const socket of sockets) socket.destroy();
    await command.kill();
  }
});

test('connect ends when its terminal is closed (SIGHUP), and connections end with it', async () => {
  const port = await freePort();
  const command = causeway(['connect', 'orders', '--port', String(port)]);
  try {
    await command.line((line) => line.type === 'tunnel' && line['status'] === 'open');
    const socket = await caller(port, request(port, '/v1/slow?ms=60000'));
    expect(await ends(command, ['SIGHUP'])).toMatchObject({ code: 0, stderr: '' });
    socket.destroy();
  } finally {
    await command.kill();
  }
});

test('connect outlives a reader of its remarks that leaves, and ends quietly when that of its results does', async () => {
  const port = await freePort();
  const args = ['connect', 'orders', '--port', String(port), '--state-dir', stateDir, '--ca', world.caPath];
  const child = spawn(process.execPath, [cliPath, ...args, '--no-browser'], {
    env: { ...keptCode, PATH: process.env['PATH'], HOME: process.env['HOME'], ...passphrase },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  try {
    await once(child.stderr, 'data');
    child.stderr.destroy();
    const connected = async () => (await fetch(`http://127.0.0.1:${port}/v1/orders`)).status;
    await vi.waitFor(async () => expect(await connected()).toBe(200), { timeout: 15_000, interval: 100 });
    // Each makes the command write a remark or a result.
    await world.restartRelay();
    await vi.waitFor(async () => expect(await connected()).toBe(200), { timeout: 20_000, interval: 200 });
    expect(child.exitCode).toBeNull();
    child.stdout.destroy();
    await fetch(`http://127.0.0.1:${port}/v1/orders`).catch(() => undefined);
    expect(await Promise.race([ended, setTimeout(boundMs, 'still there')])).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});

test.for([
  { name: 'SIGINT twice', signals: ['SIGINT', 'SIGINT'] as const },
  { name: 'SIGTERM while it connects', signals: ['SIGTERM'] as const },
])('connect ends on $name', async ({ signals }) => {
  const command = causeway(['connect', 'orders', '--port', String(await freePort())]);
  try {
    await command.line((line) => line.type === 'connected');
    expect(await ends(command, signals)).toMatchObject({ stderr: '' });
  } finally {
    await command.kill();
  }
});
