import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { freePort } from '../../support/free-port.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type RunningCli, startCli } from '../support/run-cli.ts';

// Each command is a process of its own that derives a key from the passphrase: slow on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
/** Until a command has come so far that it asks. */
const patience = { timeout: 60_000, interval: 50 };

const passphrase = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };
let world: DemoWorld;
let stateDir: string;
/** The folder after a sign-in, to begin with. */
let signedInDir: string;
/** Takes connections and never says a word. */
let silent: Server;
const callers: Socket[] = [];
const running: RunningCli[] = [];

beforeAll(async () => {
  world = await startDemoWorld();
  silent = createServer((socket) => void callers.push(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  stateDir = signedInDir = await mkdtemp(join(tmpdir(), 'causeway-signed-in-'));
  await logIn();
});

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-hang-'));
});

afterEach(async () => {
  world.relay.signal('SIGCONT');
  await world.idp.setAvailability('up');
  world.idp.reconfigure({ accessTokenSeconds: 600 });
  await Promise.all(running.splice(0).map((command) => command.kill()));
  for (const socket of callers.splice(0)) socket.destroy();
  await rm(stateDir, { recursive: true, force: true });
});

afterAll(async () => {
  silent.close();
  await world.close();
  await rm(signedInDir, { recursive: true, force: true });
});

function causeway(args: readonly string[]): RunningCli {
  const all = [...args, '--state-dir', stateDir, '--ca', world.caPath, '--no-browser'];
  const started = startCli(all, passphrase);
  running.push(started);
  return started;
}

async function logIn(): Promise<void> {
  const login = causeway(['login', world.relayUrl]);
  const { url } = await login.line((line) => line.type === 'open-page');
  await signInWithoutBrowser(String(url), { user: 'alice' });
  expect(await login.ended).toMatchObject({ code: 0 });
}

/** Resolves once the kernel lists connections of this computer to the port, as none are before. */
async function isAskedAt(port: number): Promise<void> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  await vi.waitFor(async () => {
    const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/));
    expect(rows.some(([, , remote = '', state]) => remote.endsWith(wanted) && state === '01')).toBe(true);
  }, patience);
}

/** How the command ends, and after how long, in milliseconds. */
async function endAfter(command: RunningCli, signal: NodeJS.Signals): Promise<{ code: unknown; afterMs: number }> {
  const startedMs = performance.now();
  command.child.kill(signal);
  const { code } = await command.ended;
  return { code, afterMs: performance.now() - startedMs };
}

const portOf = (url: string): number => Number(new URL(url).port);
const silentUrl = (): string => `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
const reason = process.platform === 'linux' ? null : 'connections are looked up in /proc';

interface Situation {
  readonly name: string;
  readonly signal: NodeJS.Signals;
  readonly code: number;
  /** Starts the command, and resolves with it once it waits for something that never comes. */
  readonly waiting: () => Promise<RunningCli>;
}

/** Signed in, with a provider that has stopped answering. */
async function withHangingProvider(args: readonly string[]): Promise<RunningCli> {
  await cp(signedInDir, stateDir, { recursive: true });
  await world.idp.setAvailability('hang');
  const command = causeway(args);
  await isAskedAt(world.idp.port);
  return command;
}

/** Signed in, with a relay that is stopped: connections open, and nothing answers. */
async function withStoppedRelay(args: readonly string[]): Promise<RunningCli> {
  await cp(signedInDir, stateDir, { recursive: true });
  world.relay.signal('SIGSTOP');
  const command = causeway(args);
  await isAskedAt(portOf(world.relayUrl));
  return command;
}

const situations: readonly Situation[] = [
  ...['login', 'doctor'].map((name): Situation => ({
    name: `${name} at a relay that never answers`,
    signal: 'SIGINT',
    code: 3,
    async waiting() {
      const command = causeway([name, silentUrl()]);
      await vi.waitFor(() => expect(callers).not.toEqual([]), patience);
      return command;
    },
  })),
  {
    name: 'login at a provider that never answers',
    signal: 'SIGTERM',
    code: 3,
    async waiting() {
      await world.idp.setAvailability('hang');
      const command = causeway(['login', world.relayUrl]);
      await isAskedAt(world.idp.port);
      return command;
    },
  },
  {
    name: 'login at a provider that never answers about the device',
    signal: 'SIGHUP',
    code: 3,
    async waiting() {
      const command = causeway(['login', world.relayUrl, '--device']);
      await command.line((line) => line.type === 'enter-code');
      await world.idp.setAvailability('hang');
      await isAskedAt(world.idp.port);
      return command;
    },
  },
  ...(['status', 'request-access orders --reason why'] as const).map((words): Situation => ({
    name: `${words} while the relay is stopped`,
    signal: 'SIGINT',
    code: 3,
    waiting: () => withStoppedRelay(words.split(' ')),
  })),
  {
    name: 'step-up at a provider that never answers',
    signal: 'SIGINT',
    code: 3,
    waiting: () => withHangingProvider(['step-up']),
  },
  {
    name: 'connect whose renewal never gets an answer',
    signal: 'SIGTERM',
    code: 0,
    async waiting() {
      world.idp.reconfigure({ accessTokenSeconds: 6 });
      await logIn();
      const command = causeway(['connect', 'orders', '--port', String(await freePort())]);
      await command.line((line) => line.type === 'tunnel' && line['status'] === 'open');
      await world.idp.setAvailability('hang');
      await isAskedAt(world.idp.port);
      return command;
    },
  },
  {
    name: 'connect whose relay is stopped',
    signal: 'SIGINT',
    code: 0,
    async waiting() {
      await cp(signedInDir, stateDir, { recursive: true });
      const command = causeway(['connect', 'orders', '--port', String(await freePort())]);
      await command.line((line) => line.type === 'tunnel' && line['status'] === 'open');
      world.relay.signal('SIGSTOP');
      return command;
    },
  },
  // Last, because they end the sign-in of all copies.
  {
    name: 'logout while the relay is stopped',
    signal: 'SIGTERM',
    code: 3,
    waiting: () => withStoppedRelay(['logout']),
  },
  {
    name: 'logout at a provider that never answers',
    signal: 'SIGINT',
    code: 3,
    waiting: () => withHangingProvider(['logout']),
  },
];

describe.skipIf(reason !== null)(`an end is bounded${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test.for(situations)('$name: soon gone after $signal, with code $code', async ({ waiting, signal, code }) => {
    const command = await waiting();
    const ended = await endAfter(command, signal);
    expect(ended).toMatchObject({ code });
    // Its own bounds make it 4 s at most; whoever waited for an answer would be there for another 10 s.
    expect(ended.afterMs).toBeLessThan(9_000);
  });
});

test('a sign-out beside a process that is stopped while it renews leaves nothing, and nothing comes back', async () => {
  world.idp.reconfigure({ accessTokenSeconds: 6 });
  await logIn();
  const connect = causeway(['connect', 'orders', '--port', String(await freePort())]);
  await connect.line((line) => line.type === 'tunnel' && line['status'] === 'open');
  await world.idp.setAvailability('hang');
  await isAskedAt(world.idp.port);
  connect.child.kill('SIGSTOP');
  await world.idp.setAvailability('up');

  const secrets = async (): Promise<readonly string[]> =>
    (await readdir(stateDir, { recursive: true })).filter((name) => name.includes('.secret'));
  expect(await secrets()).toHaveLength(1);
  const logout = causeway(['logout']);
  expect(await logout.ended).toMatchObject({ code: 0 });
  expect(await secrets()).toEqual([]);
  connect.child.kill('SIGCONT');
  await connect.line((line) => line.type === 'problem' && line['code'] === 'sign-in-expired');
  expect(await secrets()).toEqual([]);
});
