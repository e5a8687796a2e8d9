import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { keptCode } from '../../../build/kept-code.ts';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type RunningCli, startCli } from '../support/run-cli.ts';

// Each command is a process of its own that derives a key from the passphrase: slow on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const passphrase = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };
const folder = join(import.meta.dirname, '../../..');
const people = [
  { user: 'علی\u200Cرضا', name: 'علی\u200Cرضا میرزایی', email: 'ali@example.com', groups: ['developers'] },
  { user: 'ශ්\u200Dරී', name: 'ශ්\u200Dරී ලංකා ද සිල්වා', email: 'sri@example.com', groups: ['developers'] },
  { user: '小明', name: '王小明', email: 'wang@example.com', groups: ['developers'] },
  { user: 'zoë.müller', name: 'Zoë Müller-Œuvre 👩🏽\u200D🚀', email: 'zoe@example.com', groups: ['developers'] },
];
let world: DemoWorld;
let rude: Server;
let base: string;
/** Heads of the requests that arrived, and the connections on which. */
const arrived: string[] = [];
const sockets: Socket[] = [];
const running: RunningCli[] = [];

/** What the rude API does when a request to the path arrives. */
const manners: Readonly<Record<string, (socket: Socket) => void>> = {
  '/polite': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi'),
  '/garbage': (socket) => socket.write(Buffer.alloc(100_000, 0xfe)),
  '/silence': () => undefined,
  '/half-a-head': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Le'),
  '/half-a-body': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf'),
  '/half-a-chunk': (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nhalf'),
  '/reset': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf', () => socket.resetAndDestroy());
  },
  '/endless': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const fill = (): void => {
      while (!socket.destroyed && socket.write(chunk));
      socket.once('drain', fill);
    };
    fill();
  },
  '/unread': (socket) => socket.pause(),
};

beforeAll(async () => {
  rude = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      arrived.push(data.toString());
      const [, path = ''] = /^\w+ (\S+) /.exec(data.toString()) ?? [];
      manners[path]?.(socket);
    });
  });
  rude.listen(0, '127.0.0.1');
  await once(rude, 'listening');
  const upstream = `http://127.0.0.1:${(rude.address() as AddressInfo).port}`;
  world = await startDemoWorld({
    idp: { people },
    configure: (config) => ({
      ...config,
      apis: [
        ...config.apis,
        { id: 'rude', name: 'Rude', upstream, rules: [{ name: 'all', groups: ['*'], methods: ['*'], paths: ['/**'] }] },
      ],
    }),
  });
  base = await mkdtemp(join(tmpdir(), 'causeway-rude-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.kill()));
  for (const socket of sockets.splice(0)) socket.destroy();
});

afterAll(async () => {
  rude.close();
  await world.close();
  await rm(base, { recursive: true, force: true });
});

const common = (user: string): readonly string[] => [
  '--state-dir',
  join(base, user),
  '--ca',
  world.caPath,
  '--no-browser',
];

function causeway(user: string, ...args: readonly string[]): RunningCli {
  const started = startCli([...args, ...common(user)], passphrase);
  running.push(started);
  return started;
}

async function logIn(user: string): Promise<RunningCli> {
  const login = causeway(user, 'login', world.relayUrl);
  const { url } = await login.line((line) => line.type === 'open-page');
  await signInWithoutBrowser(String(url), { user });
  expect(await login.ended).toMatchObject({ code: 0 });
  return login;
}

async function connected(user: string): Promise<{ command: RunningCli; port: number }> {
  const command = causeway(user, 'connect', 'rude');
  const { port } = await command.line((line) => line.type === 'connected');
  await command.line((line) => line.type === 'tunnel' && line['status'] === 'open');
  return { command, port: Number(port) };
}

test.for(people)('$name reads as it is written: at sign-in, in status, in the audit and at the API', async (person) => {
  const { user, name } = person;
  const login = await logIn(user);
  expect(login.lines.at(-1)).toMatchObject({ type: 'signed-in', person: { name } });
  const status = spawn(process.execPath, [join(folder, 'client/cli.ts'), 'status', ...common(user)], {
    env: { ...keptCode, PATH: process.env['PATH'], HOME: base, ...passphrase },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(await text(status.stdout)).toContain(`Signed in as ${name} (developers)`);

  const { port } = await connected(user);
  arrived.length = 0;
  expect(await (await fetch(`http://127.0.0.1:${port}/polite`)).text()).toBe('hi');
  const [, token = ''] = /^x-causeway-identity: (.*)$/im.exec(arrived.join('')) ?? [];
  expect(decodeJwt(token)).toMatchObject({ name });
  const audit = ['relay/start/main.ts', 'audit', 'list', '--config', world.configPath, '--user', user];
  await vi.waitFor(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, audit, { cwd: folder });
    expect(stdout).toContain(user);
    expect(stdout).toContain('/polite');
  }, 20_000);
});

/** CPU time of a process so far, in milliseconds (proc_pid_stat(5): ticks of 10 ms). */
function cpuMs(pid = 0): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Share of one processor that the process takes for a second. */
async function shareTaken({ child }: RunningCli): Promise<number> {
  const observedMs = 1_000;
  const before = cpuMs(child.pid);
  await wait(observedMs);
  return (cpuMs(child.pid) - before) / observedMs;
}

/** Its bounds are about 4 s; a wait for what doesn’t come would be 10 s at least. */
async function endsWithin(command: RunningCli, signal: NodeJS.Signals, boundMs: number): Promise<void> {
  const startedMs = performance.now();
  command.child.kill(signal);
  expect(await command.ended).toMatchObject({ code: 0, stderr: '' });
  expect(performance.now() - startedMs).toBeLessThan(boundMs);
}

describe.runIf(process.platform === 'linux')('connect takes no processor time, and ends in time,', () => {
  const calls: Socket[] = [];

  afterEach(() => {
    for (const call of calls.splice(0)) call.destroy();
  });

  /** A local program that asks, and reads nothing of the answer. */
  async function call(port: number, path: string, body = ''): Promise<void> {
    const socket = connectTcp(port, '127.0.0.1').on('error', () => undefined);
    calls.push(socket.pause());
    await once(socket, 'connect');
    const length = path === '/unread' ? 50_000_000 : body.length;
    socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${length}\r\n\r\n${body}`);
    if (path === '/unread') socket.write(Buffer.alloc(8_000_000));
  }

  test('while APIs answer with garbage, halves, silence, resets or without end, and read nothing', async () => {
    await logIn('小明');
    const { command, port } = await connected('小明');
    arrived.length = 0;
    const paths = Object.keys(manners).flatMap((path) => [path, path]);
    await Promise.all(paths.map((path) => call(port, path)));
    await vi.waitFor(() => expect(arrived.length).toBeGreaterThanOrEqual(paths.length), { timeout: 20_000 });
    await expect.poll(() => shareTaken(command)).toBeLessThan(0.1);
    await endsWithin(command, 'SIGTERM', 9_000);
  });

  test('after its relay was killed', async () => {
    await logIn('小明');
    const { command, port } = await connected('小明');
    await call(port, '/half-a-body');
    await call(port, '/endless');
    world.relay.signal('SIGKILL');
    await command.line((line) => line.type === 'tunnel' && line['status'] === 'reconnecting');
    await call(port, '/polite');
    await expect.poll(() => shareTaken(command)).toBeLessThan(0.1);
    await endsWithin(command, 'SIGHUP', 9_000);
  });
});
