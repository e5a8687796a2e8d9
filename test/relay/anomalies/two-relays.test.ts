import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSharedSource } from '../../../relay/audit/shared/shared-source.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { type BalancedRelays, startRelaysBehindBalancer } from '../../three-relays/relays-behind-balancer.ts';
import { control, dial, getRequest, host, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

const isHere = postgresPrograms !== null && process.platform === 'linux';

describe.runIf(isHere)('anomalies over two relays with one PostgreSQL', { timeout: 240_000 }, () => {
  let world: BalancedRelays;
  beforeAll(async () => {
    world = await startRelaysBehindBalancer({ count: 2, redis: false });
  }, 120_000);
  afterAll(() => world?.close());

  /** A tunnel of one sign-in, on one device, from an address of this machine. */
  async function tunnelFrom(localAddress: string, port: number, token: string): Promise<RawTunnel> {
    const dialed = await dial({ ca: world.ca } as unknown as TunnelWorld, '', { token, port, localAddress });
    if (!('tunnel' in dialed)) throw new Error(`Refused: ${dialed.status} ${dialed.code}`);
    const device = { id: 'laptop', name: 'laptop', system: 'linux', appVersion: '0.1.0' };
    dialed.tunnel.send(control({ type: 'hello', device, listeners: [{ id: 1, hosts: { [host]: 'echo' } }] }));
    await dialed.tunnel.waitForControl('welcome');
    return dialed.tunnel;
  }

  it('finds guesses, denials and a sign-in in two places, of which each relay sees half, once', async () => {
    const [first, second] = world.relays.map(({ port }) => port) as [number, number];
    const post = Buffer.from(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`);
    const [alice, bob] = [await world.token('alice', 's-1'), await world.token('bob', 's-2')];
    for (let guess = 0; guess < 15; guess += 1)
      for (const port of [first, second]) expect((await world.ask(port, 'guessed', '/v1/catalog')).status).toBe(401);
    const bobs = [await tunnelFrom('127.0.0.1', first, bob), await tunnelFrom('127.0.0.1', second, bob)];
    for (let round = 0; round < 10; round += 1)
      for (const tunnel of bobs) expect(await tunnel.request(1 + round * 2, post)).toBe(403);
    const places = [await tunnelFrom('127.0.0.1', first, alice), await tunnelFrom('127.9.0.1', second, alice)];
    let stream = -1;
    const inTurn = async (): Promise<void> => {
      stream += 2;
      for (const tunnel of places) expect(await tunnel.request(stream, getRequest('/'))).toBe(200);
    };

    const findings = async (): Promise<readonly string[]> => {
      const source = await openSharedSource({ storage: postgresPlace(world.storageUrl) });
      const found: string[] = [];
      for await (const { record } of source.newestFirst({ type: 'anomaly' }))
        if (record.type === 'anomaly') found.push(`${record.rule} ${record.person?.username ?? record.remoteAddress}`);
      await source.close();
      return found.toSorted();
    };
    // Which of two relays’ records of the same moment comes first is told only while both send theirs within seconds.
    await vi.waitFor(
      async () => {
        await inTurn();
        expect(await findings()).toEqual(['denial-burst bob', 'refused-sign-ins 127.0.0.1', 'two-places alice']);
      },
      { timeout: 90_000, interval: 500 },
    );
    for (const tunnel of [...bobs, ...places]) await tunnel.close();
  });
});
