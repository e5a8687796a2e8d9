import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lock } from '../../../relay/sessions/lock.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { frameType } from '../../../shared/tunnel/protocol.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { runLocks } from '../../three-relays/measure-reach.ts';
import {
  type BalancedRelay,
  type BalancedRelays,
  startRelaysBehindBalancer,
  untilStatus,
} from '../../three-relays/relays-behind-balancer.ts';
import type { RawTunnel } from '../../tunnel/support/raw-tunnel.ts';

const patient = { timeout: 30_000, interval: 100 };

describe.runIf(postgresPrograms !== null)('worker processes with a storage and Redis', { timeout: 240_000 }, () => {
  let world: BalancedRelays;
  let relay: BalancedRelay;
  let tunnels: readonly RawTunnel[];
  let streams = 0;

  /** 0 for a request that was cut off. */
  const status = async (of: RawTunnel): Promise<number> => {
    const streamId = (streams += 2) - 1;
    const cutOff = of.waitFor((found) => found.streamId === streamId && found.type === frameType.reset);
    return Promise.race([of.request(streamId), cutOff.then(() => 0)]);
  };
  const all = (): Promise<readonly number[]> => Promise.all(tunnels.map(status));

  beforeAll(async () => {
    world = await startRelaysBehindBalancer({ count: 1, workers: 2 });
    [relay] = world.relays as [BalancedRelay];
    // The balancer before the workers hands out connections in turn: some go to each.
    tunnels = await Promise.all(
      [1, 2, 3, 4].map(async (number) =>
        world.tunnel(relay.port, await world.token('bob', `s-${number}`), `Laptop-${number}`),
      ),
    );
  });
  afterAll(() => world?.close());

  it('have sessions and locks of all in force at each, and acts in the one audit once', async () => {
    const asking = await world.token('bob', 's-0');
    const listed = async (): Promise<unknown> =>
      ((await world.ask(relay.port, asking, '/v1/sessions')).body['sessions'] as readonly object[]).length;
    await expect.poll(listed, patient).toBe(4);
    const added = await runLocks(world, { type: 'add', target: { person: 'bob' }, reason: 'Test', untilMs: null });
    await expect.poll(all, patient).toEqual([403, 403, 403, 403]);
    const { id } = JSON.parse(added) as Lock;
    await runLocks(world, { type: 'remove', id, reason: 'Cleared' });
    await expect.poll(all, patient).toEqual([200, 200, 200, 200]);
    const events = queryAudit(relay.dataDir, { limit: 1000 }).flatMap(({ record }) =>
      record.type === 'lock' ? [record.event] : [],
    );
    expect(events.toSorted()).toEqual(['lock-added', 'lock-removed']);
  });

  it('without Redis take sign-ins; without PostgreSQL too, they carry on what is open until both are back', async () => {
    const token = await world.token('alice', 's-9');
    const catalog = async (): Promise<number> => (await world.ask(relay.port, token, '/v1/catalog')).status;
    await world.stopRedis();
    expect([await catalog(), (await world.ask(relay.port, '', '/readyz')).status]).toEqual([200, 200]);
    await world.postgres.kill();
    await untilStatus(world, relay, 503);
    // The worker that was asked isn't the one that noticed first.
    await expect.poll(catalog, patient).toBe(503);
    expect(await all()).toEqual([200, 200, 200, 200]);
    await world.postgres.restart();
    await untilStatus(world, relay, 200);
    await world.restartRedis();
    expect(await catalog()).toBe(200);
    expect(await all()).toEqual([200, 200, 200, 200]);
  });
});
