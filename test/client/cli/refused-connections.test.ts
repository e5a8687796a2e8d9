import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { freePort } from '../../support/free-port.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type RunningCli, startCli } from '../support/run-cli.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const run = promisify(execFile);
const canSwitchUser = process.platform === 'linux' && process.getuid?.() === 0;

let world: DemoWorld;
let stateDir: string;
let port: number;
let command: RunningCli;

beforeAll(async () => {
  world = await startDemoWorld();
});

afterAll(() => world.close());

async function start(through: readonly string[]): Promise<void> {
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-cli-'));
  port = await freePort();
  command = startCli(
    [
      'connect',
      'orders',
      '--port',
      String(port),
      '--relay',
      world.relayUrl,
      '--state-dir',
      stateDir,
      '--ca',
      world.caPath,
      '--no-browser',
    ],
    {},
    { through },
  );
  const { url } = await command.line((line) => line.type === 'open-page');
  await signInWithoutBrowser(String(url), { user: 'alice' });
  await command.line((line) => line.type === 'connected');
  await command.line((line) => line.type === 'tunnel' && line['status'] === 'open');
}

afterEach(async () => {
  await command.kill();
  await rm(stateDir, { recursive: true, force: true });
});

const refused = (line: { readonly type: string }): boolean => line.type === 'refused-connections';

describe.runIf(canSwitchUser)('connections of another user', () => {
  const nobody = canSwitchUser ? execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim() : '';

  test('are told once and then counted, with what to do', async () => {
    await start([]);
    for (let index = 0; index < 3; index += 1) {
      const curl = run('setpriv', [`--reuid=${nobody}`, '--clear-groups', 'curl', '-s', `http://127.0.0.1:${port}/`], {
        cwd: '/',
      });
      await expect(curl).rejects.toMatchObject({ code: expect.toBeOneOf([52, 56]) });
    }
    expect(await command.line(refused)).toMatchObject({
      api: 'orders',
      connections: 1,
      reason: expect.stringContaining('Another user of this computer'),
    });
    expect(command.lines.filter(refused)).toHaveLength(1);
    expect((await fetch(`http://127.0.0.1:${port}/v1/orders/4711`)).status).toBe(200);
  });
});

/** CPU time of a process so far, in milliseconds (proc_pid_stat(5): ticks of 10 ms). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** An idle connection, and what it got before it ended, if it did. */
async function idle(where: { readonly port: number } | { readonly path: string }): Promise<{
  readonly socket: Socket;
  got: string;
  ended: boolean;
}> {
  const socket = connect({ host: '127.0.0.1', ...where });
  const state = { socket, got: '', ended: false };
  socket.setEncoding('utf8').on('data', (text: string) => (state.got += text));
  socket.on('error', () => undefined).on('close', () => (state.ended = true));
  await once(socket, 'connect');
  return state;
}

describe.runIf(process.platform === 'linux')('a full table of file descriptors', () => {
  test('is told with what to do, costs no CPU time, and is over when connections are', async () => {
    await start(['sh', '-c', 'ulimit -n 100; exec "$0" "$@"']);
    const connected = await command.line((line) => line.type === 'connected');
    const path = String(connected['socketPath']);
    const callers = await Promise.all(
      Array.from({ length: 250 }, (_, index) => idle(index % 5 === 4 ? { path } : { port })),
    );
    const told = await command.line(refused);
    expect(told).toMatchObject({ api: 'orders', reason: expect.stringMatching(/^All 100 files .*ulimit -n/u) });
    const answered = (): (typeof callers)[number] | undefined => callers.find(({ got }) => got.includes(' 503 '));
    while (answered() === undefined) await delay(10);
    expect(answered()?.got).toMatch(/too-many-open-files.*All 100 files/su);

    // Those that were there first go on, those that were turned away are gone, and nobody is busy with that.
    while (callers.filter(({ ended }) => !ended).length > 90) await delay(10);
    const [first] = callers;
    first?.socket.write(`GET /v1/orders/4711 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    while (first?.got === '') await delay(10);
    expect(first?.got).toContain('HTTP/1.1 200');
    const spentMs = async (): Promise<number> => {
      const before = cpuMs(command.child.pid ?? 0);
      await delay(500);
      return cpuMs(command.child.pid ?? 0) - before;
    };
    await expect.poll(spentMs).toBeLessThan(150);

    // What is kept back lets the tunnel come back.
    const opened = (): number =>
      command.lines.filter((line) => line.type === 'tunnel' && line['status'] === 'open').length;
    await world.restartRelay();
    while (opened() < 2) await delay(20);
    expect(callers.filter(({ ended }) => !ended).length).toBeGreaterThan(20);

    for (const { socket } of callers) socket.destroy();
    const status = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/v1/orders/4711`)).status;
    while ((await status()) === 503) await delay(20);
    expect(await status()).toBe(200);
    command.child.kill('SIGTERM');
    expect(await command.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('that is full from the start is what doctor names', async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'causeway-cli-'));
    const through = ['sh', '-c', 'ulimit -n 32; exec "$0" "$@"'];
    command = startCli(['doctor', '127.0.0.1:1', '--state-dir', stateDir], {}, { through });
    await command.ended;
    expect(JSON.stringify(command.lines)).toMatch(/All 32 files and connections/u);
  });
});
