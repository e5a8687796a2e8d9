import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { newLock } from '../../../relay/sessions/lock.ts';
import { openLockStore } from '../../../relay/sessions/lock-store.ts';
import { openTunnels } from '../../../relay/sessions/session-record.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { getRequest } from '../../tunnel/support/raw-tunnel.ts';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { onBothWorkers, startWorkersWorld } from './workers-world.ts';

let world: TunnelWorld;
beforeAll(async () => {
  world = await startWorkersWorld();
});
afterAll(() => world?.close());
const patient = { timeout: 10_000, interval: 100 };

it('a lock is in force at both workers and in the audit once; a session counts its tunnels at both', async () => {
  const [one, two] = await onBothWorkers(world, await world.issuer.token('alice'));
  const sessions = openSessionStore(world.dataDir);
  await vi.waitFor(() => {
    // One that the test closed again may still wait to be resumed.
    const [open = 0, ...others] = sessions.list().map((session) => openTunnels(session, Date.now()));
    expect(open).toBeGreaterThanOrEqual(2);
    expect(others).toEqual([]);
  }, patient);
  sessions.close();
  expect(await one.tunnel.request(1, getRequest())).toBe(200);
  const locks = openLockStore(world.dataDir);
  const said = { reason: 'An incident', author: 'root', untilMs: null };
  locks.add([newLock({ type: 'person', who: 'alice', issuer: null }, said, Date.now())], 'lock-added');
  await vi.waitFor(() => expect(locks.waiting()).toEqual([]), patient);
  let stream = 1;
  for (const { tunnel } of [one, two]) {
    await vi.waitFor(async () => expect(await tunnel.request((stream += 2), getRequest())).toBe(403), patient);
  }
  locks.close();
  const acts = queryAudit(world.dataDir, { limit: 100 }).filter(({ record }) => record.type === 'lock');
  expect(acts).toHaveLength(1);
});
