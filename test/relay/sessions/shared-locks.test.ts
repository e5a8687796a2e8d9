import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locksCommand, type LocksCommandOptions } from '../../../relay/commands/locks.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { Lock } from '../../../relay/sessions/lock.ts';
import { redisSettings } from '../../../relay/shared-state/redis-settings.ts';
import { frameType } from '../../../shared/tunnel/protocol.ts';
import { redisProgram } from '../../support/start-redis.ts';
import { getRequest, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { type RelayNode, type RelaysWorld, startRelaysWorld, untilReady } from '../shared-state/relays-world.ts';

const endTypes: ReadonlySet<number> = new Set([frameType.end, frameType.reset]);
const inTime = { timeout: 20_000, interval: 50 };
const patient = { timeout: 60_000, interval: 100 };

describe.runIf(redisProgram !== null)('locks of relays that share a Redis', { timeout: 180_000 }, () => {
  let world: RelaysWorld;
  let first: RelayNode;
  let second: RelayNode;
  let tunnels: readonly [RawTunnel, RawTunnel];
  let streams = 0;

  beforeAll(async () => {
    world = await startRelaysWorld({ shared_state: { grace_seconds: 300 } });
    [first, second] = await Promise.all([world.startNode(), world.startNode()]);
    tunnels = [await first.tunnel(await world.token('alice')), await second.tunnel(await world.token('alice'))];
  });
  afterAll(() => world?.close());

  /** Undefined for a request that a lock has cut off. */
  async function statusAt(tunnel: RawTunnel): Promise<number | undefined> {
    streams += 2;
    const id = streams - 1;
    const ended = tunnel.waitFor(({ type, streamId }) => endTypes.has(type) && streamId === id);
    return Promise.race([tunnel.request(id, getRequest('/')), ended.then(() => undefined)]);
  }

  async function run(node: RelayNode, action: LocksCommandOptions['action']): Promise<[number, string]> {
    const loaded = await loadConfig(node.configPath);
    let output = '';
    const write = (text: string): void => void (output += text);
    const code = await locksCommand({
      config: loaded.config,
      redis: redisSettings(loaded.config),
      action,
      json: true,
      write,
    });
    return [code, output];
  }
  const addAt = (node: RelayNode): Promise<[number, string]> =>
    run(node, { type: 'add', target: { person: 'alice' }, reason: 'An incident', untilMs: null });
  const removeAt = (node: RelayNode, id: string): Promise<[number, string]> =>
    run(node, { type: 'remove', id, reason: 'Cleared' });
  const idIn = (output: string): string => (JSON.parse(output.split('\n')[0] ?? '') as Lock).id;

  it('are in force at each, are listed at each, and can be removed at any', async () => {
    expect(await statusAt(tunnels[1])).toBe(200);
    const [code, output] = await addAt(first);
    expect(code).toBe(0);
    for (const tunnel of tunnels) await expect.poll(() => statusAt(tunnel), inTime).toBe(403);
    expect((await run(second, { type: 'list', all: false }))[1]).toContain(idIn(output));
    expect((await removeAt(second, idIn(output)))[0]).toBe(0);
    for (const tunnel of tunnels) await expect.poll(() => statusAt(tunnel), inTime).toBe(200);
  });

  it('count at the relay of the folder while Redis is away, and at the others when it is back with nothing in it', async () => {
    const [, kept] = await addAt(second);
    for (const tunnel of tunnels) await expect.poll(() => statusAt(tunnel), inTime).toBe(403);
    expect((await removeAt(second, idIn(kept)))[0]).toBe(0);
    for (const tunnel of tunnels) await expect.poll(() => statusAt(tunnel), inTime).toBe(200);
    await world.stopRedis();
    const [code, output] = await addAt(first);
    expect([code, output]).toEqual([1, expect.stringContaining('It counts at this relay')]);
    await expect.poll(() => statusAt(tunnels[0]), inTime).toBe(403);
    expect(await statusAt(tunnels[1])).toBe(200);
    await world.restartRedis();
    await Promise.all([untilReady(first), untilReady(second)]);
    await expect.poll(() => statusAt(tunnels[1]), patient).toBe(403);
    const later = await world.startNode();
    const refused = { authorization: `Bearer ${await world.token('alice')}` };
    expect((await later.ask('/v1/catalog', refused)).body).toMatchObject({ code: 'locked' });
    // What was removed before doesn't come back with the folders of others.
    expect((await run(later, { type: 'list', all: false }))[1].trim().split('\n')).toHaveLength(1);
    expect((await removeAt(later, idIn(output)))[0]).toBe(0);
    for (const tunnel of tunnels) await expect.poll(() => statusAt(tunnel), patient).toBe(200);
  });
});
