import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { freePort } from '../../support/free-port.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type RunningCli, startCli } from '../support/run-cli.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let world: DemoWorld;
let stateDir: string;
const running: RunningCli[] = [];
const squatters: Server[] = [];

beforeEach(async () => {
  world = await startDemoWorld();
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-cli-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.kill()));
  for (const squatter of squatters.splice(0)) squatter.close();
  await rm(stateDir, { recursive: true, force: true });
  await world.close();
});

function connect(...args: string[]): RunningCli {
  const command = startCli(
    ['connect', ...args, '--relay', world.relayUrl, '--state-dir', stateDir, '--ca', world.caPath, '--no-browser'],
    { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' },
  );
  running.push(command);
  return command;
}

async function portOf(command: RunningCli, api: string): Promise<number> {
  return Number((await command.line((line) => line.type === 'connected' && line['api'] === api))['port']);
}

async function endOf(command: RunningCli): Promise<unknown> {
  command.child.kill('SIGTERM');
  return (await command.ended).code;
}

async function squat(port: number): Promise<void> {
  const squatter = createServer().listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  squatters.push(squatter);
}

/** Gives the APIs these ports in what is remembered, out of the reach of others that use the first ones. */
async function remember(
  ports: Readonly<Record<string, { readonly port: number; readonly pinned: boolean }>>,
): Promise<void> {
  const path = join(stateDir, 'state.json');
  const state = JSON.parse(await readFile(path, 'utf8')) as {
    profiles: { ports: unknown }[];
    settings: { gatewayPort: number };
  };
  state.settings.gatewayPort = await freePort();
  for (const profile of state.profiles) profile.ports = ports;
  await writeFile(path, JSON.stringify(state), { mode: 0o600 });
}

test('one port that is taken doesn’t keep the other APIs from their own', async () => {
  const first = connect('orders');
  const { url } = await first.line((line) => line.type === 'open-page');
  await signInWithoutBrowser(String(url), { user: 'alice' });
  await first.line((line) => line.type === 'connected');
  expect(await endOf(first)).toBe(0);

  // A remembered one gives way for this time, and who has it is told.
  const ports = { orders: await freePort(), inventory: await freePort() };
  const pinned = { inventory: { port: ports.inventory, pinned: false } };
  await squat(ports.orders);
  await remember({ ...pinned, orders: { port: ports.orders, pinned: false } });
  const second = connect('orders', 'inventory');
  const moved = await portOf(second, 'orders');
  expect([moved === ports.orders, await portOf(second, 'inventory')]).toEqual([false, ports.inventory]);
  expect(second.lines.find((line) => line['api'] === 'orders')?.['moved']).toMatch(takenBy(ports.orders));
  const answers = [moved, ports.inventory].map(async (port) => (await fetch(`http://127.0.0.1:${port}/x`)).text());
  for (const answer of await Promise.all(answers)) expect(answer).toContain('requestId');
  const resolves = await lookup('orders.localhost').then(
    () => true,
    () => false,
  );
  if (!resolves) expect(await second.line((line) => line.type === 'local-names')).toMatchObject({ resolve: 'unknown' });
  expect(await endOf(second)).toBe(0);

  // One that the person has pinned doesn't: that API stays away, the other goes on; alone, it ends the command.
  await remember({ ...pinned, orders: { port: ports.orders, pinned: true } });
  const third = connect('orders', 'inventory');
  expect(await portOf(third, 'inventory')).toBe(ports.inventory);
  expect(third.lines.filter((line) => line.type === 'problem' || line['api'] === 'orders')).toMatchObject([
    { code: 'port-taken', detail: expect.stringMatching(takenBy(ports.orders)) },
  ]);
  expect(await endOf(third)).toBe(0);
  expect(await connect('orders').ended).toMatchObject({ code: 6 });
});

/** What is told of a port that this process has. */
function takenBy(port: number): RegExp {
  return new RegExp(`^Port ${port}, for orders, is used by .+ \\(process ${process.pid}\\)\\.$`, 'u');
}
