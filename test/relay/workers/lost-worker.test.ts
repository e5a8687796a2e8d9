import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { frame, getRequest } from '../../tunnel/support/raw-tunnel.ts';
import { frameType } from '../../../shared/tunnel/protocol.ts';
import { startLinkedClient } from '../../tunnel/support/linked-client.ts';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { ask, onBothWorkers, startWorkersWorld, welcomed } from './workers-world.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const patient = { timeout: 60_000 };

let world: TunnelWorld;
let release: () => void;

beforeEach(async () => {
  const held = Promise.withResolvers<void>();
  release = () => held.resolve();
  world = await startWorkersWorld({
    async answer({ url, response }) {
      if (url.pathname !== '/held') return false;
      await held.promise;
      response.end('held');
      return true;
    },
    configure: (config) => ({ ...config, relay: { ...config.relay, drain_seconds: 30 } }),
  });
});
afterEach(async () => {
  release();
  await world.close();
});

/** Process ids of the workers, as they were started; later ones of the same worker come last. */
function pidsOf(worker: number): number[] {
  const lines = world.relay.log.filter(({ msg, worker: at }) => msg === 'worker started' && at === worker);
  return lines.map(({ pid }) => Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('workers that are killed are replaced; a request under way ends truthfully, and clients come back', async () => {
  const token = await world.issuer.token('ann');
  const [one, two] = await onBothWorkers(world, token);
  const client = await startLinkedClient(world, { relayPort: world.relayPort, waitForTunnelMs: 60_000 });
  try {
    await client.waitForState('open');
    process.kill(pidsOf(two.worker).at(-1) ?? 0, 'SIGKILL');
    await two.tunnel.closed;
    expect(await one.tunnel.request(1)).toBe(200);
    await expect.poll(() => pidsOf(two.worker).length, patient).toBe(2);
    await expect.poll(async () => (await ask(world, '/readyz')).status, patient).toBe(200);
    expect((await fetch(`${client.url}/before`)).status).toBe(200);

    const call = get(`${client.url}/held`);
    await expect.poll(() => world.echo.requests.some(({ target }) => target === '/held'), patient).toBe(true);
    for (const worker of [1, 2]) process.kill(pidsOf(worker).at(-1) ?? 0, 'SIGKILL');
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(502);
    expect(JSON.parse(await text(response))).toMatchObject({ code: 'outcome-unknown' });
    expect((await fetch(`${client.url}/after`)).status).toBe(200);
    await expect.poll(async () => (await ask(world, '/readyz')).status, patient).toBe(200);
  } finally {
    await client.close();
  }
  expect(verifyAudit(world.dataDir)).toMatchObject({ status: 'ok' });
});

test('workers end when they lose the primary process: without it nothing is counted or recorded', async () => {
  const token = await world.issuer.token('ann');
  const [one, two] = await onBothWorkers(world, token);
  const pids = [...pidsOf(1), ...pidsOf(2)];
  expect(pids.every(isAlive)).toBe(true);
  world.relay.signal('SIGKILL');
  await Promise.all([one.tunnel.closed, two.tunnel.closed]);
  await expect.poll(() => pids.filter(isAlive), patient).toEqual([]);
  await world.crashRelay();
  const again = await welcomed(world, token);
  expect(await again.tunnel.request(1)).toBe(200);
});

test('SIGTERM drains all workers: tunnels are told, requests under way finish, and the audit is whole', async () => {
  const token = await world.issuer.token('ann');
  const tunnels = await onBothWorkers(world, token);
  for (const { tunnel } of tunnels) {
    tunnel.send(frame(frameType.open, 1, [0, 1]), frame(frameType.data, 1, getRequest('/held')));
  }
  await expect.poll(() => world.echo.requests.length, patient).toBe(2);
  // To the workers as well, as a service manager does it.
  for (const pid of [...pidsOf(1), ...pidsOf(2)]) process.kill(pid, 'SIGTERM');
  const stopped = world.relay.stop(90_000);
  for (const { tunnel } of tunnels) expect(await tunnel.waitForControl('goaway')).toMatchObject({ reason: 'drain' });
  release();
  for (const { tunnel } of tunnels) {
    const answer = await tunnel.waitFor(({ type, streamId }) => type === frameType.data && streamId === 1);
    expect(answer.payload.toString()).toMatch(/^HTTP\/1\.1 200 /);
    await tunnel.closed;
  }
  expect(await stopped).toBe(0);
  const entries = queryAudit(world.dataDir, { limit: 100 });
  expect(entries[0]?.record).toMatchObject({ type: 'relay', event: 'stopped' });
  const events = entries.flatMap(({ record }) => (record.type === 'relay' ? [record.event] : []));
  expect(events).toEqual(['stopped', 'started']);
  const decisions = entries.filter(({ record }) => record.type === 'decision');
  expect(decisions.map(({ outcome }) => outcome?.status)).toEqual([200, 200]);
  expect(verifyAudit(world.dataDir)).toMatchObject({ status: 'ok' });
});
