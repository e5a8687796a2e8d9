import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { freePort } from '../../support/free-port.ts';
import { type CoreFixture, coreFixture, profileWhere, snapshotWhere } from '../support/core-fixture.ts';
import { type SmallRelay, startSmallRelay } from '../support/small-relay.ts';
import { settablePolicy } from './support/settable-policy.ts';

let idp: Idp;
let relay: SmallRelay;
let fixture: CoreFixture;

beforeEach(async () => {
  idp = await startIdp({ audience: 'https://relay.example.com' });
  relay = await startSmallRelay({ issuer: idp.issuer, clientId: idp.clientId });
  fixture = await coreFixture();
});

afterEach(async () => {
  await fixture.close();
  await relay.close();
  await idp.close();
});

const isReady = (profile: { catalog: { status: string } }): boolean => profile.catalog.status === 'ready';

test('relays are offered first, before the environment’s, and go when the policy goes', () => {
  const managed = settablePolicy({ relays: ['relay.example.com', 'https://relay.example.org:8443/'] });
  fixture.state.current = { ...fixture.state.current, recentRelayUrls: ['https://old.example.com'] };
  const core = fixture.make({ managed, suggestedRelayUrl: 'https://environment.example.com' });
  expect(core.snapshot()).toMatchObject({
    suggestedRelayUrl: 'https://relay.example.com',
    recentRelayUrls: ['https://relay.example.com', 'https://relay.example.org:8443', 'https://old.example.com'],
  });
  core.suggestRelay('https://link.example.com');
  expect(core.snapshot().suggestedRelayUrl).toBe('https://link.example.com');
});

test('only the allowed relays can be used: by the window, a command, a link or an earlier sign-in', async () => {
  const managed = settablePolicy();
  const first = fixture.make({ managed });
  await first.start();
  await first.signIn(relay.url);
  await profileWhere(first, isReady);
  expect(fixture.secrets.values.size).toBeGreaterThan(0);

  managed.set({ relays: ['https://relay.example.com'], allowedRelaysOnly: true });
  const expelled = await profileWhere(first, ({ signIn }) => signIn.status === 'signed-out' && signIn.problem !== null);
  expect(expelled.signIn).toMatchObject({
    problem: { code: 'managed', detail: expect.stringContaining('https://relay.example.com') },
  });
  expect([...fixture.secrets.values.keys()].filter((name) => name.startsWith('tokens'))).toEqual([]);
  await expect(first.signIn(relay.url)).rejects.toMatchObject({ code: 'managed' });
  first.suggestRelay('https://link.example.com');
  expect(first.snapshot()).toMatchObject({
    suggestedRelayUrl: 'https://relay.example.com',
    recentRelayUrls: ['https://relay.example.com'],
  });

  managed.set({ relays: [relay.url], allowedRelaysOnly: true });
  await first.signIn(relay.url);
  await profileWhere(first, ({ signIn }) => signIn.status === 'signed-in');
  await first.close();

  // What can’t be read allows nothing: the stricter reading counts.
  const next = fixture.make({ managed: settablePolicy({ relays: 'everything', allowedRelaysOnly: true }) });
  await next.start();
  const again = await profileWhere(next, ({ signIn }) => signIn.status === 'signed-out' && signIn.problem !== null);
  expect(again.signIn).toMatchObject({ problem: { code: 'managed' } });
});

test('ports are where IT says, move while connected, can’t be changed, and are free again afterwards', async () => {
  const [one, two, own] = [await freePort(), await freePort(), await freePort()];
  const managed = settablePolicy({ ports: { orders: one } });
  const core = fixture.make({ managed });
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  await profileWhere(core, isReady);
  expect(core.snapshot().profiles[0]?.ports).toMatchObject({ orders: { port: one, pinned: true } });
  await core.connect(profileId, 'orders');
  const at = (port: number) =>
    profileWhere(
      core,
      ({ connections }) => connections['orders']?.status === 'on' && connections['orders'].port === port,
    );
  await at(one);
  await expect(core.setPort(profileId, 'orders', own)).rejects.toMatchObject({ code: 'managed' });
  managed.set({ ports: { orders: two } });
  await at(two);
  expect(fixture.state.current.profiles[0]?.ports).toEqual({});
  managed.set({});
  await profileWhere(
    core,
    ({ connections }) => connections['orders']?.status === 'on' && connections['orders'].port !== two,
  );
  await core.setPort(profileId, 'orders', own);
  await at(own);
});

test('APIs are on by default once: whoever switches one off has it off', async () => {
  const managed = settablePolicy({ apisOnByDefault: ['orders', 'payroll'] });
  const first = fixture.make({ managed });
  await first.start();
  const { profileId } = await first.signIn(relay.url);
  await profileWhere(first, ({ connections }) => connections['orders']?.status === 'on');
  expect(first.snapshot().profiles[0]?.connections['payroll']).toBeUndefined();
  await first.disconnect(profileId, 'orders');
  managed.set({ apisOnByDefault: ['orders', 'inventory'] });
  await profileWhere(first, ({ connections }) => connections['inventory']?.status === 'on');
  await first.close();

  const second = fixture.make({ managed });
  await second.start();
  const restored = await profileWhere(
    second,
    (profile) => isReady(profile) && profile.connections['inventory']?.status === 'on',
  );
  expect(restored.connections['orders']).toBeUndefined();
  await second.close();

  const third = fixture.make({ managed: settablePolicy({ connectAtStart: false }) });
  await third.start();
  const quiet = await profileWhere(third, isReady);
  expect(quiet.connections).toEqual({});
});

test('the name of the computer and the port for names are IT’s, at once', async () => {
  const [before, after] = [await freePort(), await freePort()];
  const managed = settablePolicy({ gatewayPort: before, deviceName: 'PC-4711' });
  const core = fixture.make({ managed });
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  const profile = await profileWhere(core, isReady);
  expect(profile.device.name).toBe('PC-4711');
  await core.connect(profileId, 'orders');
  await snapshotWhere(core, ({ gateway }) => gateway.status === 'on' && gateway.port === before);
  managed.set({ gatewayPort: after });
  await snapshotWhere(
    core,
    ({ gateway, profiles }) => gateway.status === 'on' && gateway.port === after && profiles[0]?.device.name === 'test',
  );
});
