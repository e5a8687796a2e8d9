import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OwnSession } from '../../../shared/own-session.ts';
import { redisProgram } from '../../support/start-redis.ts';
import { control, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { type RelayNode, type RelaysWorld, startRelaysWorld } from '../shared-state/relays-world.ts';

const inTime = { timeout: 10_000, interval: 100 };

describe.runIf(redisProgram !== null)('a person’s sessions at relays that share a Redis', { timeout: 180_000 }, () => {
  let world: RelaysWorld;
  let first: RelayNode;
  let second: RelayNode;
  let laptop: string;
  let desktop: string;

  beforeAll(async () => {
    world = await startRelaysWorld();
    [first, second] = await Promise.all([world.startNode(), world.startNode()]);
    [laptop, desktop] = [await world.token('alice'), await world.token('alice')];
  });
  afterAll(() => world?.close());

  async function open(node: RelayNode, token: string, name: string): Promise<RawTunnel> {
    const dialed = await node.dial(token);
    if (!('tunnel' in dialed)) throw new Error(`The relay refused with ${dialed.status}.`);
    const device = { id: name, name, system: 'linux', appVersion: '0.1.0' };
    dialed.tunnel.send(control({ type: 'hello', device, listeners: [] }));
    await dialed.tunnel.waitForControl('welcome');
    return dialed.tunnel;
  }
  const seenAt = async (node: RelayNode, token: string): Promise<readonly (readonly [string, boolean, boolean])[]> => {
    const { body } = await node.ask('/v1/sessions', { authorization: `Bearer ${token}` });
    const sessions = (body['sessions'] ?? []) as readonly OwnSession[];
    return sessions
      .map(({ device, current, newDevice }) => [device.name, current, newDevice] as const)
      .toSorted(([one], [other]) => one.localeCompare(other));
  };

  it('that are opened at one are told of at the other at once, to that person alone', async () => {
    const [own, others] = [await open(first, await world.token('bob'), 'one'), await open(first, laptop, 'laptop')];
    await open(second, await world.token('bob'), 'other');
    expect(await own.waitForControl('activity')).toMatchObject({ sessionsChanged: true });
    expect(others.frames.filter(({ payload }) => payload.includes('sessionsChanged'))).toEqual([]);
    await Promise.all([own.close(), others.close()]);
  });

  it('are seen at each; the one on a device that is new says so wherever it is asked for', async () => {
    await open(first, laptop, 'laptop');
    await expect.poll(() => seenAt(second, laptop), inTime).toEqual([['laptop', true, false]]);
    await open(second, desktop, 'desktop');
    const seen = (own: string) => [
      ['desktop', own === 'desktop', true],
      ['laptop', own === 'laptop', false],
    ];
    await expect.poll(() => seenAt(first, laptop), inTime).toEqual(seen('laptop'));
    await expect.poll(() => seenAt(second, desktop), inTime).toEqual(seen('desktop'));
  });

  it('are over at each with the sign-out at one', async () => {
    const { status } = await second.ask('/v1/sign-out', { authorization: `Bearer ${desktop}` }, {});
    expect(status).toBe(204);
    await expect.poll(() => seenAt(first, laptop), inTime).toEqual([['laptop', true, false]]);
  });
});
