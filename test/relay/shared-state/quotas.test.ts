import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisProgram } from '../../support/start-redis.ts';
import type { RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { type RelayNode, type RelaysWorld, startRelaysWorld } from './relays-world.ts';

const limit = 1000;
const callers = 200;
const tunnelsPerRelay = 5;

describe.runIf(redisProgram !== null)('200 callers through two relays that share Redis', { timeout: 180_000 }, () => {
  let world: RelaysWorld;
  let nodes: readonly RelayNode[];
  beforeAll(async () => {
    world = await startRelaysWorld({
      api: { request_limits: [{ name: 'month', per: 'all', requests: limit, every: 'month', on_failure: 'deny' }] },
    });
    nodes = await Promise.all([world.startNode(), world.startNode()]);
  });
  afterAll(() => world?.close());

  it('get exactly 1,000 of 1,000 requests, and each decision stands in an audit', async () => {
    const token = await world.token('alice');
    const tunnels: RawTunnel[] = [];
    for (const node of nodes)
      for (let index = 0; index < tunnelsPerRelay; index += 1) tunnels.push(await node.tunnel(token));
    let streams = 0;
    /** Asks again and again until it is refused; how many requests went through. */
    const call = async (tunnel: RawTunnel): Promise<number> => {
      for (let through = 0; ; through += 1) {
        streams += 1;
        const status = await tunnel.request(streams * 2 - 1);
        if (status !== 200) {
          expect(status).toBe(429);
          return through;
        }
      }
    };
    const work = Array.from({ length: callers }, async (_, index) =>
      call(tunnels[index % tunnels.length] as RawTunnel),
    );
    const through = (await Promise.all(work)).reduce((sum, count) => sum + count, 0);
    expect(through).toBe(limit);
    expect(world.echo.requests).toHaveLength(limit);
    const decisions = nodes.flatMap((node) => node.audit().filter((record) => record.type === 'decision'));
    expect(decisions.filter(({ effect }) => effect === 'allow')).toHaveLength(limit);
    expect(decisions.filter(({ rule }) => rule === 'limit:month')).toHaveLength(callers);
    for (const tunnel of tunnels) await tunnel.close();
  });
});
