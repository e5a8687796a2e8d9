import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { ClientCore } from '../../client/core/client-core.ts';
import type { Quota } from '../../shared/catalog.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { type DemoWorld, startDemoWorld } from '../support/demo-world.ts';
import { type CoreFixture, coreFixture, profileWhere } from './support/core-fixture.ts';
import { type RunningCli, startCli } from './support/run-cli.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let world: DemoWorld;
let fixture: CoreFixture;
let core: ClientCore;
let profileId: string;

beforeAll(async () => {
  world = await startDemoWorld({
    configure: (config) => ({
      ...config,
      apis: config.apis.map((api) =>
        api.id === 'orders'
          ? {
              ...api,
              request_limits: [
                { name: 'monthly', requests: 1000, every: 'month' },
                { name: 'pace', requests: 60, every: 'minute' },
              ],
              access_requests: { roles: ['orders-admins', 'auditors'], approvers: ['sre'], max_hours: 8 },
            }
          : api,
      ),
    }),
  });
});

afterAll(async () => {
  await world.close();
});

beforeEach(async () => {
  fixture = await coreFixture();
  core = fixture.make({ ca: [world.ca] });
  await core.start();
  ({ profileId } = await core.signIn(world.relayUrl));
  await profileWhere(core, (p) => limitsOf(p).length > 0 && p.tunnel.status === 'open');
});

afterEach(async () => {
  await fixture.close();
});

function limitsOf(profile: ProfileSnapshot | undefined): readonly Quota[] {
  if (profile?.catalog.status !== 'ready') return [];
  return profile.catalog.catalog.apis.find(({ id }) => id === 'orders')?.quotas ?? [];
}

const monthlyLeft = (profile: ProfileSnapshot | undefined): number =>
  limitsOf(profile).find(({ name }) => name === 'monthly')?.left ?? -1;

test('what is left of an API’s limits is asked for again, short windows first, and nothing else changes', async () => {
  const before = core.snapshot().profiles[0];
  expect(limitsOf(before).map(({ name, windowSeconds }) => [name, windowSeconds >= 28 * 86_400])).toEqual([
    ['pace', false],
    ['monthly', true],
  ]);
  await core.connect(profileId, 'orders');
  const { connections } = await profileWhere(core, (p) => p.connections['orders']?.status === 'on');
  const address = connections['orders']?.status === 'on' ? connections['orders'].address : '';
  const left = monthlyLeft(before);
  for (let call = 0; call < 3; call += 1) await (await fetch(`${address}/v1/orders/4711`)).arrayBuffer();
  await core.refreshQuotas(profileId, 'orders');
  const after = core.snapshot().profiles[0];
  expect(monthlyLeft(after)).toBe(left - 3);
  const rest = (profile: ProfileSnapshot | undefined): unknown =>
    profile?.catalog.status === 'ready'
      ? profile.catalog.catalog.apis.map(({ quotas: _figures, ...entry }) => entry)
      : null;
  expect(rest(after)).toEqual(rest(before));
});

test('figures that can’t be had leave the ones that are known, and no problem of their own', async () => {
  await core.refreshQuotas(profileId, 'orders');
  const known = limitsOf(core.snapshot().profiles[0]);
  await world.relay.stop();
  try {
    await core.refreshQuotas(profileId, 'orders');
    const [profile] = core.snapshot().profiles;
    expect(limitsOf(profile)).toEqual(known);
    expect(profile?.catalog).toMatchObject({ status: 'ready', problem: null });
  } finally {
    await world.restartRelay();
  }
});

test('a role is asked for once, and a role that isn’t offered is refused with the relay’s words', async () => {
  const wish = { api: 'orders', role: 'orders-admins', reason: 'Refund 4711' };
  const first = await core.requestAccess(profileId, wish);
  expect(first).toMatchObject({ status: 'pending', role: 'orders-admins', hours: 8 });
  expect((await core.requestAccess(profileId, wish)).id).toBe(first.id);
  await expect(core.requestAccess(profileId, { ...wish, role: 'root' })).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('root') as string,
  });
});

test('the command asks for the role that is named, and says which there are when none is', async () => {
  const { stateDir } = fixture;
  const environment = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };
  const causeway = (...args: string[]): RunningCli =>
    startCli([...args, '--state-dir', stateDir, '--ca', world.caPath, '--no-browser'], environment);
  const login = causeway('login', world.relayUrl);
  const { url } = await login.line((line) => line.type === 'open-page');
  await signInWithoutBrowser(String(url), { user: 'alice' });
  expect(await login.ended).toMatchObject({ code: 0 });
  const unsaid = causeway('request-access', 'orders', '--reason', 'Year-end check');
  expect(await unsaid.ended).toMatchObject({ code: 2 });
  expect(unsaid.lines.at(-1)).toMatchObject({ detail: expect.stringContaining('orders-admins, auditors') as string });
  const asked = causeway('request-access', 'orders', '--role', 'auditors', '--reason', 'Year-end', '--hours', '2');
  expect(await asked.ended).toMatchObject({ code: 0 });
  expect(asked.lines.at(-1)).toMatchObject({ type: 'access-request', api: 'orders', status: 'pending', hours: 2 });
});
