import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

// Each test starts a whole relay, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

const main = fileURLToPath(new URL('../../../relay/start/main.ts', import.meta.url));

/** Runs the relay's command line until it ends by itself; one that goes on is killed, which shows as code null. */
async function run(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 100_000);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  clearTimeout(timer);
  return { code, stdout, stderr };
}

const configFor = (listen: string, tail = '') =>
  folder.write('relay.yaml', minimalConfig({ relay: `  listen: ${listen}`, tail }));

test('a relay whose port is taken says so and ends', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  try {
    const ended = await run('serve', '--config', await configFor(`{ port: ${port} }`));
    expect(ended.stderr).toContain(`Port ${port} of 127.0.0.1 is used by another program.`);
    expect(ended.code).toBe(1);
  } finally {
    holder.close();
  }
});

test('a relay told to listen at another computer’s address says so and ends, and warns of an old key before', async () => {
  const ended = await run('serve', '--config', await configFor('{ host: 192.0.2.1, port: 0 }', 'counters: {}'));
  expect(ended).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('counters: is called “shared_state” now'),
    stderr: expect.stringContaining('192.0.2.1 isn’t an address of this computer'),
  });
});

test('without a config file it says how to name one', async () => {
  const ended = await run('serve', '--config', folder.file('nope.yaml'));
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('Name the file with --config') });
});

test('a word that is no command is named as such', async () => {
  const ended = await run('bogus');
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown command 'bogus'") });
});
