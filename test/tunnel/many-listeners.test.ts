import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ListenerDescription } from '../../shared/tunnel/control-message.ts';
import { ListenerAssembly, listenerParts } from '../../shared/tunnel/listener-parts.ts';
import { startLinkedClient } from './support/linked-client.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** As the client describes that many connected APIs: a listener for each, and all names at one more. */
function connected(apis: number, firstId: number): ListenerDescription[] {
  const ids = Array.from({ length: apis }, (_, index) => `api-with-a-name-of-usual-length-${index}`);
  const key = 'k'.repeat(43);
  return [
    {
      id: firstId,
      hosts: Object.fromEntries(ids.map((id) => [`${id}.localhost:7080`, id])),
      accessKeys: Object.fromEntries(ids.map((id) => [id, key])),
    },
    ...ids.map((id, index) => ({
      id: firstId + 1 + index,
      hosts: Object.fromEntries(['127.0.0.1', 'localhost', '[::1]'].map((host) => [`${host}:${20_000 + index}`, id])),
      accessKeys: { [id]: key },
    })),
  ];
}

describe('listeners in parts', () => {
  test.each([0, 1, 1000, 5000, 10_000])('of %i APIs fit into messages, and come together again', (apis) => {
    const listeners = connected(apis, 1);
    const { first, rest } = listenerParts(listeners);
    for (const part of [first, ...rest]) expect(JSON.stringify(part).length).toBeLessThan(600_000);
    const assembly = new ListenerAssembly();
    let whole = assembly.begin(first, rest.length > 0);
    for (const [index, part] of rest.entries()) whole = assembly.add(part, index < rest.length - 1);
    // What is empty needs no keys.
    const plain = (all: readonly ListenerDescription[] | null): unknown =>
      all?.map(({ id, hosts, accessKeys }) => ({ id, hosts, accessKeys: accessKeys ?? {} }));
    expect(plain(whole)).toEqual(plain(listeners));
  });

  test('that weren’t begun, or are too many, are refused', () => {
    expect(() => new ListenerAssembly().add([], false)).toThrow('weren’t begun');
    const assembly = new ListenerAssembly();
    assembly.begin([], false);
    expect(() => assembly.add([], false)).toThrow('weren’t begun');
    assembly.begin([], true);
    const many = { id: 1, hosts: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`${index}`, 'a'])) };
    assembly.add([many], true);
    expect(() => assembly.add([many], true)).toThrow('100000');
  });
});

describe('a tunnel', () => {
  let world: TunnelWorld;
  beforeAll(async () => {
    world = await startTunnelWorld();
  });
  afterAll(() => world.close());

  test('opens with 5,000 connected APIs, and hears of 5,000 others', async () => {
    const client = await startLinkedClient(world, {
      relayPort: world.relayPort,
      moreListeners: connected(5000, 100),
    });
    try {
      await client.waitForState('open');
      expect((await fetch(client.url)).status).toBe(200);
      client.tunnel.setListeners([...connected(5000, 10_000), ...client.ownListeners]);
      expect((await fetch(client.url)).status).toBe(200);
      // Gone from the set: the relay knows no such address any more.
      client.tunnel.setListeners(connected(5000, 10_000));
      await expect.poll(async () => (await fetch(client.url)).status).toBe(502);
      expect(client.states.some(({ status }) => status === 'reconnecting')).toBe(false);
    } finally {
      await client.close();
    }
  });
});
