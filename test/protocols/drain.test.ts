import { Agent, get, type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoWorld, startDemoWorld } from '../support/demo-world.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { type HeadlessClient, startHeadlessClient } from '../support/start-headless-client.ts';

let world: DemoWorld;
let client: HeadlessClient;
let port: number;

beforeAll(async () => {
  world = await startDemoWorld();
  client = await startHeadlessClient({
    ca: [world.ca],
    openBrowser: async (url) => void (await signInWithoutBrowser(url, { user: 'alice' })),
  });
  const { id } = await client.signIn(world.relayUrl);
  port = (await client.connect(id, 'orders')).port;
});

afterAll(async () => {
  await client.close();
  await world.close();
});

async function answer(path: string, agent: Agent): Promise<{ status: number; body: string }> {
  const call = request({ host: '127.0.0.1', port, path, agent });
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}

test('a restart of the relay lets a slow request finish, and an idle connection goes on over the new one', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await answer('/v1/orders/4711', agent)).status).toBe(200);
  const [idle] = Object.values(agent.freeSockets).flat();
  expect(idle).toBeDefined();

  const slow = get({ host: '127.0.0.1', port, path: '/v1/slow?ms=400' });
  await expect.poll(() => world.orders.requestCount).toBe(2);
  const restarted = world.restartRelay();
  const [response] = (await once(slow, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  await text(response);
  await restarted;

  expect(idle?.destroyed).toBe(false);
  const after = await answer('/v1/orders/4711', agent);
  expect(after.status).toBe(200);
  expect(Object.values(agent.freeSockets).flat()[0]).toBe(idle);
  agent.destroy();
});

test('a feed goes on while the relay drains, is then cut so that nobody takes it for whole, and comes from the new relay', async () => {
  const openFeed = async (): Promise<IncomingMessage> => {
    const call = get({ host: '127.0.0.1', port, path: '/v1/events?everyMs=50', agent: false });
    // The cut reaches the request too, behind the response's own error.
    call.on('error', () => undefined);
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    await once(response, 'data');
    return response;
  };
  const feed = await openFeed();
  const cut = once(feed, 'error') as Promise<[NodeJS.ErrnoException]>;
  const restarted = world.restartRelay();
  await expect.poll(() => world.relay.log.some((line) => line.msg === 'relay draining')).toBe(true);
  await once(feed, 'data');
  const [error] = await cut;
  expect(error.code).toBe('ECONNRESET');
  expect(feed.complete).toBe(false);
  await restarted;
  (await openFeed()).destroy();
});

test('a relay that nobody asks anything of ends long before its time to drain is over', async () => {
  world.configure((config) => ({ ...config, relay: { ...config.relay, drain_seconds: 3600 } }));
  await world.restartRelay();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await answer('/v1/orders/4711', agent)).status).toBe(200);
  const [idle] = Object.values(agent.freeSockets).flat();
  expect(await world.relay.stop()).toBe(0);
  expect(idle?.destroyed).toBe(false);
  agent.destroy();
});
