import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { ClientCore } from '../../client/core/client-core.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { type DemoWorld, startDemoWorld } from '../support/demo-world.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { type CoreFixture, coreFixture, profileWhere } from './support/core-fixture.ts';
import { stepUpProblem } from '../../shared/step-up.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let world: DemoWorld;
let fixture: CoreFixture;
let core: ClientCore;
let profileId: string;
let address: string;
/** Who signs in at the browser. */
let user: string;

beforeAll(async () => {
  const everybody = { groups: ['*'], paths: ['/v1/**'] };
  world = await startDemoWorld({
    idp: { par: 'off' },
    configure: (config) => ({
      ...config,
      apis: config.apis.map((api) =>
        api.id === 'orders'
          ? {
              ...api,
              rules: [
                { ...everybody, name: 'reads', methods: ['GET'] },
                { ...everybody, name: 'writes', methods: ['POST', 'PATCH'], max_auth_age: 300 },
              ],
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
  user = 'alice';
  fixture = await coreFixture(null);
  core = makeCore();
  await core.start();
  signedInLongAgo(true);
  ({ profileId } = await core.signIn(world.relayUrl));
  await profileWhere(core, (p) => p.catalog.status === 'ready' && p.tunnel.status === 'open');
  signedInLongAgo(false);
  await core.connect(profileId, 'orders');
  const { connections } = await profileWhere(core, (p) => p.connections['orders']?.status === 'on');
  address = connections['orders']?.status === 'on' ? connections['orders'].address : '';
});

afterEach(async () => {
  await fixture.close();
});

function makeCore(passive = false): ClientCore {
  return fixture.make({
    ca: [world.ca],
    passive,
    openBrowser: async (url) => {
      fixture.opened.push(url);
      if (!url.includes('/session/end')) await signInWithoutBrowser(url, { user });
    },
  });
}

function signedInLongAgo(longAgo: boolean): void {
  const auth_time = Math.floor(Date.now() / 1000) - 3600;
  world.idp.reconfigure({ accessTokenClaims: longAgo ? { auth_time } : {} });
}

async function write(): Promise<{ status: number; code: string | undefined }> {
  const response = await fetch(`${address}/v1/orders/4711`, {
    method: 'PATCH',
    body: '{"status":"packed"}',
    headers: { 'content-type': 'application/json' },
  });
  const body = (await response.json()) as { code?: string };
  return { status: response.status, code: body.code };
}

const asked = (profile: ProfileSnapshot): boolean => profile.stepUp?.status === 'asked';
const nothingAsked = (profile: ProfileSnapshot): boolean => !profile.stepUp;

test('with nothing to sign in again for, the person’s yes has no meaning', () => {
  expect(() => core.stepUp(profileId)).toThrow('Nothing asks for a fresh sign-in now.');
  expect(fixture.opened).toHaveLength(1);
});

test('several denials ask once, and a “no” holds', async () => {
  const seen: string[] = [];
  core.watch(({ profiles }) => {
    const status = profiles[0]?.stepUp?.status ?? 'none';
    if (seen.at(-1) !== status) seen.push(status);
  });
  for (let call = 0; call < 3; call += 1) expect(await write()).toEqual({ status: 403, code: 'step-up-required' });
  const profile = await profileWhere(core, asked);
  expect(profile.stepUp).toMatchObject({ api: 'orders', problem: null, need: { demand: { maxAgeSeconds: 300 } } });
  core.cancelSignIn(profileId);
  await profileWhere(core, nothingAsked);
  expect(await write()).toMatchObject({ status: 403 });
  await profileWhere(
    core,
    () => core.activity(profileId).entries.filter(({ stepUp }) => stepUp !== undefined).length === 4,
  );
  expect(seen.filter((status) => status === 'asked')).toHaveLength(1);
  expect(fixture.opened).toHaveLength(1);
});

test('another person’s sign-in doesn’t count, and nothing else ends', async () => {
  await write();
  await profileWhere(core, asked);
  user = 'bob';
  core.stepUp(profileId);
  const refused = await profileWhere(core, (p) => stepUpProblem(p.stepUp) !== null);
  expect(stepUpProblem(refused.stepUp)?.code).toBe('sign-in-denied');
  expect(refused).toMatchObject({ signIn: { status: 'signed-in' }, tunnel: { status: 'open' } });
  expect(await write()).toMatchObject({ status: 403 });
});

test('after the person’s yes the request passes, in the same tunnel, and open streams go on', async () => {
  const events = (await fetch(`${address}/v1/events`)).body?.getReader();
  await events?.read();
  await write();
  const before = await profileWhere(core, asked);
  core.stepUp(profileId);
  await profileWhere(core, nothingAsked);
  expect(new URL(fixture.opened[1] ?? '').searchParams.get('max_age')).toBe('300');
  expect(await write()).toMatchObject({ status: 200 });
  const after = core.snapshot().profiles[0];
  expect(after?.signIn.status).toBe('signed-in');
  expect(after?.tunnel).toMatchObject({
    status: 'open',
    sessionId: (before.tunnel as { sessionId: string }).sessionId,
  });
  expect((await events?.read())?.done).toBe(false);
  await events?.cancel();
});

test('a fresh sign-in in another process of the profile is taken over', async () => {
  await write();
  await profileWhere(core, asked);
  const other = makeCore(true);
  await other.start();
  await profileWhere(other, (p) => p.signIn.status === 'signed-in');
  other.stepUp(profileId, { maxAgeSeconds: 0 });
  await profileWhere(other, nothingAsked);
  await profileWhere(core, nothingAsked);
  expect(await write()).toMatchObject({ status: 200 });
});

test('signing out ends the asking', async () => {
  await write();
  await profileWhere(core, asked);
  await core.signOut(profileId);
  expect(core.snapshot().profiles[0]?.stepUp ?? null).toBeNull();
});
