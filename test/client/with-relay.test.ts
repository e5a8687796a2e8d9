import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { ClientCore } from '../../client/core/client-core.ts';
import type { ActivityEntry } from '../../shared/activity.ts';
import { causeOf } from '../../shared/cause.ts';
import { type DemoWorld, startDemoWorld } from '../support/demo-world.ts';
import { freePort } from '../support/free-port.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { type CoreFixture, coreFixture, profileWhere, snapshotWhere } from './support/core-fixture.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let world: DemoWorld;
let fixture: CoreFixture;
let core: ClientCore;
let profileId: string;

beforeAll(async () => {
  world = await startDemoWorld();
});

afterAll(async () => {
  await world.close();
});

beforeEach(async () => {
  fixture = await coreFixture();
});

afterEach(async () => {
  await fixture.close();
});

/** Signs alice in and connects orders on a port of its own; gives its address. */
async function connectOrders(made = fixture.make({ ca: [world.ca] })): Promise<string> {
  core = made;
  await core.start();
  ({ profileId } = await core.signIn(world.relayUrl));
  await profileWhere(core, (p) => p.catalog.status === 'ready' && p.tunnel.status === 'open');
  await core.setPort(profileId, 'orders', await freePort());
  await core.connect(profileId, 'orders');
  const { connections } = await profileWhere(core, (p) => p.connections['orders']?.status === 'on');
  const orders = connections['orders'];
  if (orders?.status !== 'on') throw new Error('orders isn’t on');
  return orders.address;
}

/** Calls a `<api>.localhost` address as curl and browsers do, without asking the system for the name (RFC 6761). */
async function statusAt(url: URL): Promise<number | undefined> {
  const headers = { host: url.host };
  const call = request({ host: '127.0.0.1', port: url.port, path: url.pathname + url.search, headers, agent: false });
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test('both addresses reach the API, and the requests appear with their decision, rate and latency', async () => {
  const seen: ActivityEntry[] = [];
  const address = await connectOrders();
  core.watchActivity((_id, { entries }) => seen.push(...entries));
  const profileOn = await profileWhere(core, (p) => p.connections['orders']?.status === 'on');
  const orders = profileOn.connections['orders'];
  const gatewayAddress = orders?.status === 'on' ? orders.gatewayAddress : null;
  expect(gatewayAddress).toBe(`http://orders.localhost:${fixture.state.current.settings.gatewayPort}`);
  expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
  expect(await statusAt(new URL('/v1/orders/4711', gatewayAddress ?? ''))).toBe(200);
  expect((await fetch(`${address}/v1/orders/4711`, { method: 'DELETE' })).status).toBe(403);
  const recorded = (): boolean => core.activity(profileId).entries.length >= 3;
  const profile = await profileWhere(core, (p) => {
    const orders = p.connections['orders'];
    return orders?.status === 'on' && orders.requestsPerSecond > 0 && orders.latencyMs !== null && recorded();
  });
  expect(profile.connections['orders']).toMatchObject({ openStreams: expect.any(Number) });
  expect(core.activity(profileId).entries.map(({ method, decision }) => `${method} ${decision}`)).toEqual([
    'GET allow',
    'GET allow',
    'DELETE deny',
  ]);
  expect(seen.length).toBeGreaterThanOrEqual(3);
});

test('a renewal of the sign-in goes on under an open stream, which isn’t cut', async () => {
  world.idp.reconfigure({ accessTokenSeconds: 8 });
  try {
    const address = await connectOrders();
    const response = await fetch(`${address}/v1/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body?.getReader();
    const first = core.snapshot().profiles[0]?.signIn;
    const firstEnd = first?.status === 'signed-in' ? first.expiresAtMs : 0;
    await profileWhere(core, (p) => p.signIn.status === 'signed-in' && p.signIn.expiresAtMs > firstEnd + 8_000);
    expect(world.idp.counts.refreshes).toBeGreaterThanOrEqual(1);
    expect(Date.now()).toBeGreaterThan(firstEnd);
    const renewedAtMs = Date.now();
    for (let latestMs = 0; latestMs < renewedAtMs;) {
      const { done = true, value } = (await reader?.read()) ?? {};
      expect(done).toBe(false);
      latestMs = Number(/"timeMs":(\d+)(?!.*"timeMs")/s.exec(new TextDecoder().decode(value))?.[1] ?? 0);
    }
    expect(core.snapshot().profiles[0]?.tunnel.status).toBe('open');
    await reader?.cancel();
  } finally {
    world.idp.reconfigure({ accessTokenSeconds: 600 });
  }
});

test('disconnecting closes the address at once and says so to the relay', async () => {
  const address = await connectOrders();
  await core.disconnect(profileId, 'orders');
  await expect(fetch(`${address}/v1/orders/4711`)).rejects.toThrow();
  expect(core.snapshot().profiles[0]?.connections).toEqual({});
  expect(core.snapshot().gateway).toEqual({ status: 'off' });
});

test('after a restart of the core the address answers again without anybody signing in', async () => {
  const address = await connectOrders();
  await core.close();
  await expect(fetch(address)).rejects.toThrow();
  const again = fixture.make({ ca: [world.ca] });
  await again.start();
  await profileWhere(again, (p) => p.tunnel.status === 'open' && p.connections['orders']?.status === 'on');
  expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
  expect(fixture.opened).toHaveLength(1);
});

test('waking up with a dead token renews first, and never shows the tunnel open meanwhile', async () => {
  let offsetMs = 0;
  core = fixture.make({ ca: [world.ca], now: () => Date.now() + offsetMs });
  await core.start();
  ({ profileId } = await core.signIn(world.relayUrl));
  const before = await profileWhere(core, (p) => p.tunnel.status === 'open');
  const refreshes = world.idp.counts.refreshes;
  offsetMs = 3_600_000;
  core.checkNow();
  expect(core.snapshot().profiles[0]).toMatchObject({ signIn: { status: 'contacting' }, tunnel: { status: 'closed' } });
  offsetMs = 0;
  const end = before.signIn.status === 'signed-in' ? before.signIn.expiresAtMs : 0;
  await profileWhere(core, (p) => p.signIn.status === 'signed-in' && p.signIn.expiresAtMs > end);
  expect(world.idp.counts.refreshes).toBe(refreshes + 1);
});

test('sleep that nobody tells of shows in the clock, and the first thing is a renewal', async () => {
  let offsetMs = 0;
  core = fixture.make({ ca: [world.ca], now: () => Date.now() + offsetMs });
  await core.start();
  ({ profileId } = await core.signIn(world.relayUrl));
  const before = await profileWhere(core, (p) => p.tunnel.status === 'open');
  const refreshes = world.idp.counts.refreshes;
  offsetMs = 3_600_000;
  await profileWhere(core, (p) => p.signIn.status === 'contacting' && p.tunnel.status === 'closed');
  offsetMs = 0;
  const end = before.signIn.status === 'signed-in' ? before.signIn.expiresAtMs : 0;
  await profileWhere(core, (p) => p.signIn.status === 'signed-in' && p.signIn.expiresAtMs > end);
  expect(world.idp.counts.refreshes).toBeGreaterThan(refreshes);
});

test('signing out ends what else the sign-in has opened at the relay, and no sign-in on another computer', async () => {
  await connectOrders();
  const elsewhere = await coreFixture();
  try {
    const other = elsewhere.make({ ca: [world.ca] });
    await other.start();
    await other.signIn(world.relayUrl);
    await profileWhere(other, (p) => p.tunnel.status === 'open');
    const window = fixture.make({ ca: [world.ca] });
    await window.start();
    await profileWhere(window, (p) => p.tunnel.status === 'open');
    await core.signOut(profileId);
    const { signIn } = await profileWhere(window, (p) => p.signIn.status === 'expired');
    expect(signIn).toMatchObject({ problem: { code: 'session-revoked', detail: 'You have signed out.' } });
    expect(other.snapshot().profiles[0]).toMatchObject({ signIn: { status: 'signed-in' }, tunnel: { status: 'open' } });
  } finally {
    await elsewhere.close();
  }
});

test('signing out closes the address, the tunnel and the gateway', async () => {
  const address = await connectOrders();
  await core.signOut(profileId);
  await expect(fetch(address)).rejects.toThrow();
  expect(core.snapshot()).toMatchObject({ gateway: { status: 'off' }, profiles: [{ tunnel: { status: 'closed' } }] });
  expect(fixture.secrets.values.size).toBe(0);
});

test('while the provider is down and the token has ended, the provider is the cause, not the relay', async () => {
  world.idp.reconfigure({ accessTokenSeconds: 8 });
  try {
    const address = await connectOrders();
    await world.idp.setAvailability('refuse');
    const profile = await profileWhere(core, (p) => causeOf(p)?.awaits === 'sign-in-service');
    expect(profile.connections['orders']).toMatchObject({ status: 'on', address });
  } finally {
    await world.idp.setAvailability('up');
    world.idp.reconfigure({ accessTokenSeconds: 600 });
  }
});

test('two accounts share the gateway: each name leads to its own, and the short one stays the first’s', async () => {
  let user = 'alice';
  core = fixture.make({
    ca: [world.ca],
    openBrowser: async (url) => void (await signInWithoutBrowser(url, { user })),
  });
  await core.start();
  const ids: string[] = [];
  for (user of ['alice', 'bob']) {
    const { profileId: id } = await core.signIn(world.relayUrl, { another: true });
    ids.push(id);
    await snapshotWhere(core, ({ profiles }) =>
      profiles.some((p) => p.id === id && p.catalog.status === 'ready' && p.tunnel.status === 'open'),
    );
    await core.setPort(id, 'inventory', await freePort());
    await core.connect(id, 'inventory');
  }
  const { gatewayPort } = fixture.state.current.settings;
  const shown = core.snapshot().profiles.map(({ connections: { inventory } }) => inventory);
  const addresses = shown.map((on) => (on?.status === 'on' ? on.gatewayAddress : null));
  const label = fixture.state.current.profiles.map((profile) => profile.label);
  expect(addresses).toEqual([
    `http://inventory.localhost:${gatewayPort}`,
    `http://inventory.${label[1]}.localhost:${gatewayPort}`,
  ]);
  const of = async (host: string, path: string): Promise<number | undefined> =>
    await statusAt(new URL(path, `http://${host}:${gatewayPort}`));
  expect(await of(`inventory.${label[1]}.localhost`, '/v1/items?bob')).toBe(200);
  expect(await of(`inventory.${label[0]}.localhost`, '/v1/items?alice')).toBe(200);
  expect(await of('inventory.localhost', '/v1/items?alice')).toBe(200);
  // Whose name it is can't be reached by the other one, and a name of nobody's by nobody.
  expect(await of('orders.localhost', '/v1/orders')).toBe(403);
  const counts = () => ids.map((id) => core.activity(id).entries.filter(({ api }) => api === 'inventory').length);
  await expect.poll(counts, { timeout: 30_000 }).toEqual([2, 1]);

  // The first owner is off: its short name leads nowhere, least of all to somebody else.
  await core.disconnect(ids[0] ?? '', 'inventory');
  expect(await of('inventory.localhost', '/v1/items?bob')).toBe(403);
  expect(await of(`inventory.${label[1]}.localhost`, '/v1/items?bob')).toBe(200);
});

// The last one: it leaves the relay stopped.
test('while the relay is away, new requests wait as long as the setting says', async () => {
  core = fixture.make({ ca: [world.ca], waitForTunnelMs: 0 });
  const address = await connectOrders(core);
  await world.relay.stop();
  await profileWhere(core, (p) => p.tunnel.status === 'reconnecting');
  // Without the setting it would be 10 s.
  const response = await fetch(`${address}/v1/orders/4711`, { signal: AbortSignal.timeout(8000) });
  expect(response.status).toBe(503);
  const code = expect.stringMatching(/^(tunnel-down|relay-unreachable|relay-draining)$/) as string;
  expect(await response.json()).toMatchObject({ code });
});
