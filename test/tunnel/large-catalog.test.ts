import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Catalog } from '../../shared/catalog.ts';
import { startLinkedClient } from './support/linked-client.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const apis = 10_000;
let world: TunnelWorld;

beforeAll(async () => {
  world = await startTunnelWorld({
    configure: (config) => ({
      ...config,
      apis: [
        ...config.apis,
        ...Array.from({ length: apis - config.apis.length }, (_, index) => ({
          id: `api-with-a-name-of-usual-length-${index}`,
          name: `An API with a name, number ${index}`,
          description: 'What it is for, in one sentence of a usual length.',
          upstream: 'http://127.0.0.1:9',
          rules: [{ name: 'developers', groups: ['developers'] }],
        })),
      ],
    }),
  });
});
afterAll(() => world.close());

test('a tunnel opens with a catalog of 10,000 APIs, all of which arrive in order', async () => {
  const arrived = Promise.withResolvers<Catalog>();
  const client = await startLinkedClient(world, { relayPort: world.relayPort, onCatalog: arrived.resolve });
  try {
    await client.waitForState('open');
    const catalog = await arrived.promise;
    expect(JSON.stringify(catalog).length).toBeGreaterThan(3_000_000);
    expect(catalog.apis).toHaveLength(apis);
    expect(catalog.apis.at(-1)?.id).toBe(`api-with-a-name-of-usual-length-${apis - 2}`);
    expect(client.states.some(({ status }) => status === 'reconnecting')).toBe(false);
    expect((await fetch(client.url)).status).toBe(200);
  } finally {
    await client.close();
  }
});
