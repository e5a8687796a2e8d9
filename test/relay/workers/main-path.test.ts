import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { type HeadlessClient, startHeadlessClient } from '../../support/start-headless-client.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let world: DemoWorld;
const clients: HeadlessClient[] = [];

beforeAll(async () => {
  world = await startDemoWorld({
    configure: (config) => ({ ...config, relay: { ...config.relay, workers: 2 } }),
  });
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await world.close();
});

/** Signs alice in with a client of its own and connects orders; gives its address. */
async function ordersOfAlice(): Promise<string> {
  const client = await startHeadlessClient({
    ca: [world.ca],
    openBrowser: async (url) => void (await signInWithoutBrowser(url, { user: 'alice' })),
  });
  clients.push(client);
  const { id } = await client.signIn(world.relayUrl);
  return (await client.connect(id, 'orders')).address;
}

test('people sign in, call what they may and are refused the rest, on two workers as on one', async () => {
  const addresses = [await ordersOfAlice(), await ordersOfAlice()];
  for (const address of addresses) {
    expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
    const refused = await fetch(`${address}/v1/orders/4711`, { method: 'DELETE' });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'policy-denied', rule: 'orders-are-kept' });
  }
  const carriers = () => world.relay.log.flatMap((line) => (line['event'] === 'opened' ? [line['worker']] : []));
  await expect.poll(() => new Set(carriers())).toEqual(new Set([1, 2]));
  const decisions = queryAudit(world.dataDir, { user: 'alice', limit: 100 }).flatMap(({ record }) =>
    record.type === 'decision' ? [`${record.method} ${record.effect}`] : [],
  );
  expect(decisions.toSorted()).toEqual(['DELETE deny', 'DELETE deny', 'GET allow', 'GET allow']);
  expect(verifyAudit(world.dataDir)).toMatchObject({ status: 'ok' });
});
