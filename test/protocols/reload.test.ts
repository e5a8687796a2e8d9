import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { type OrdersUpstream, startOrders } from '../support/upstreams/start-orders.ts';

let orders: OrdersUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  orders = await startOrders();
  world = await startPipelineWorld({
    apis: [
      { id: 'orders', name: 'Orders', upstream: orders.url, rules: [{ name: 'all', groups: ['*'] }] },
      { id: 'kept', name: 'Kept', upstream: orders.url, rules: [{ name: 'all', groups: ['*'] }] },
    ],
  });
});

afterAll(async () => {
  await world.close();
  await orders.close();
});

async function openFeed(api: string): Promise<IncomingMessage> {
  const request = get(`http://127.0.0.1:${world.port(api)}/v1/events`);
  // The relay's cut reaches the request too, behind the response's own error.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  await once(response, 'data');
  return response;
}

test('a reload ends the streams that it forbids, and no other', async () => {
  const forbidden = await openFeed('orders');
  const kept = await openFeed('kept');
  const cut = once(forbidden, 'error') as Promise<[NodeJS.ErrnoException]>;
  await world.configure((config) => ({
    ...config,
    apis: config.apis.map((api) => (api.id === 'orders' ? { ...api, rules: [] } : api)),
  }));
  const [error] = await cut;
  expect(error.code).toBe('ECONNRESET');
  expect(forbidden.complete).toBe(false);
  await once(kept, 'data');
  await expect
    .poll(() => world.decisions().find(({ record }) => record.api === 'orders')?.outcome)
    .toMatchObject({ outcome: 'aborted', detail: expect.stringContaining('policy changed') as string });
  kept.destroy();
});
