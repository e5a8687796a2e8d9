import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { keptCode } from '../../../build/kept-code.ts';
import { approveDevice } from '../../support/approve-device.ts';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { freePort } from '../../support/free-port.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { startCli } from '../support/run-cli.ts';

// Each command is a process of its own that derives a key from the passphrase: slow on a busy machine.
vi.setConfig({ testTimeout: 40_000, hookTimeout: 120_000 });

const cli = join(import.meta.dirname, '../../../client/cli.ts');
const inTerminal = join(import.meta.dirname, '../support/run-in-terminal.py');
const environment = {
  ...keptCode,
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  CAUSEWAY_PASSPHRASE: 'a passphrase for tests',
};
let world: DemoWorld;
let stateDir: string;

beforeAll(async () => {
  world = await startDemoWorld();
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-streams-'));
  const { CAUSEWAY_PASSPHRASE } = environment;
  const args = ['login', world.relayUrl, '--state-dir', stateDir, '--ca', world.caPath, '--no-browser'];
  const login = startCli(args, { CAUSEWAY_PASSPHRASE });
  const { url } = await login.line((line) => line.type === 'open-page');
  await signInWithoutBrowser(String(url), { user: 'alice' });
  expect(await login.ended).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await world.close();
  await rm(stateDir, { recursive: true, force: true });
});

const command = (...args: readonly string[]): readonly string[] => [
  process.execPath,
  cli,
  ...args,
  '--state-dir',
  stateDir,
  '--ca',
  world.caPath,
];

/** Runs `causeway …` as a shell does with these redirections. */
async function inShell(
  redirections: string,
  ...args: readonly string[]
): Promise<{ code: number | null; signal: NodeJS.Signals | null; out: string; err: string }> {
  const child = spawn('sh', ['-c', `"$0" "$@" ${redirections}`, ...command(...args)], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = await closed;
  return { code, signal, out, err };
}

describe.skipIf(process.platform === 'win32')('streams that a shell has closed before the start', () => {
  test.each<[string, string, number, string | null]>([
    ['no standard output', '>&-', 0, null],
    ['no standard error', '2>&-', 0, 'Signed in as Alice'],
    ['no input', '<&-', 0, 'Signed in as Alice'],
    ['none of the three', '<&- >&- 2>&-', 0, null],
    ['remarks that are full', '2>/dev/full', 0, 'Signed in as Alice'],
  ])('status with %s', async (_what, redirections, code, out) => {
    const ended = await inShell(redirections, 'status');
    expect(ended).toMatchObject({ code, signal: null, err: '' });
    if (out !== null) expect(ended.out).toContain(out);
  });

  test('an output that is full is said, and fails the command', async () => {
    const ended = await inShell('>/dev/full', 'status');
    expect(ended).toMatchObject({ code: 1, err: expect.stringMatching(/^The output can’t be written: ENOSPC/) });
  });

  test('a reader that has left ends a command quietly', async () => {
    expect(await inShell('| true', 'apis')).toMatchObject({ code: 0, err: '' });
  });

  test.each([
    ['no standard output', '>&-'],
    ['no standard error', '2>&-'],
    ['none of the three', '<&- >&- 2>&-'],
    ['remarks that are full', '2>/dev/full'],
  ])('connect with %s serves until it is asked to end', async (_what, redirections) => {
    const port = await freePort();
    const words = ['-c', `exec "$0" "$@" ${redirections}`, ...command('connect', 'inventory', '--port', String(port))];
    const child = spawn('sh', words, { env: environment, stdio: ['ignore', 'ignore', 'ignore'] });
    const ended = once(child, 'exit');
    try {
      await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/v1/items`)).status).toBe(200), {
        timeout: 25_000,
        interval: 100,
      });
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

const missing = ['python3', 'setsid'].find((name) => spawnSync(name, ['--version']).status !== 0);
const reason = missing === undefined ? null : `no ${missing}`;

describe.skipIf(reason !== null)(`a terminal${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  /** What becomes of the command when its terminal is closed once it has written the text. */
  async function closedAfter(words: string, ...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const { stdout } = await promisify(execFile)('python3', [inTerminal, words, ...command(...args)], {
      env: { ...environment, TERM: 'xterm' },
    });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  test.each<[string, string, readonly string[], number]>([
    ['connect that is connected', 'Tunnel open', ['connect', 'inventory'], 0],
    ['connect that has no tunnel yet', 'inventory  http', ['connect', 'inventory'], 0],
    ['a login that waits for the browser', 'Waiting for the sign-in', ['login', '--no-browser'], 3],
    ['a login that waits for a code', 'enter the code', ['login', '--device'], 3],
  ])('that is closed soon ends %s', async (_what, words, args, code) => {
    const ended = await closedAfter(words, ...args);
    expect(ended['written']).toContain(words);
    expect(ended).toMatchObject({ code });
    // As above all commands: 4 s at most, and 10 s for whoever waited for an answer.
    expect(ended['afterMs']).toBeLessThan(9_000);
  });

  test('that isn’t there is not needed, not even to sign in', async () => {
    const { CAUSEWAY_PASSPHRASE } = environment;
    const args = ['login', world.relayUrl, '--device', '--state-dir', join(stateDir, 'other'), '--ca', world.caPath];
    const login = startCli(args, { CAUSEWAY_PASSPHRASE }, { through: ['setsid'] });
    const { url, userCode } = await login.line((line) => line.type === 'enter-code');
    await approveDevice(String(url), { user: 'alice', userCode: String(userCode) });
    expect(await login.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
