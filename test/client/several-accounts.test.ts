import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClientCore } from '../../client/core/client-core.ts';
import type { ClientCoreOptions } from '../../client/profile/core-options.ts';
import type { SignInWishes } from '../../client/profile/wishes.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { type Idp, startIdp } from '../support/idp/start-idp.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { type CoreFixture, coreFixture, snapshotWhere } from './support/core-fixture.ts';
import { type SmallRelay, startSmallRelay } from './support/small-relay.ts';

let idp: Idp;
let relay: SmallRelay;
let fixture: CoreFixture;
let core: ClientCore;
/** Who is at the browser; null for nobody. */
let user: string | null;
let pages: URL[];

beforeEach(async () => {
  // Not pushed, so that the page’s address shows what the sign-in service is asked for.
  idp = await startIdp({ par: 'off' });
  relay = await startSmallRelay({ issuer: idp.issuer, clientId: idp.clientId });
  fixture = await coreFixture();
  pages = [];
  core = make();
  await core.start();
});

afterEach(async () => {
  await fixture.close();
  await relay.close();
  await idp.close();
});

function make(change: Partial<ClientCoreOptions> = {}): ClientCore {
  return fixture.make({
    openBrowser: async (url) => {
      if (url.includes('/session/end')) return;
      pages.push(new URL(url));
      if (user !== null) await signInWithoutBrowser(url, { user });
    },
    ...change,
  });
}

const isReady = ({ signIn, catalog }: ProfileSnapshot): boolean =>
  signIn.status === 'signed-in' && catalog.status === 'ready';

const named = ({ profiles }: Snapshot, account: string): ProfileSnapshot | undefined =>
  profiles.find((profile) => profile.account === account);

/** Signs somebody in and gives their profile, once its catalog is there. */
async function signIn(who: string, wishes: SignInWishes = {}): Promise<ProfileSnapshot> {
  user = who;
  await core.signIn(relay.url, wishes);
  const snapshot = await snapshotWhere(core, (state) => {
    const profile = named(state, who);
    return profile !== undefined && isReady(profile) && profile.id === state.currentProfileId;
  });
  const profile = named(snapshot, who);
  if (profile === undefined) throw new Error(`${who} isn’t there`);
  return profile;
}

async function connect(profileId: string, api: string): Promise<number> {
  await core.connect(profileId, api);
  const connection = core.snapshot().profiles.find(({ id }) => id === profileId)?.connections[api];
  if (connection?.status !== 'on') throw new Error(`${api} isn’t on`);
  return connection.port;
}

test('the same person isn’t signed in twice: the account that is there is signed in afresh', async () => {
  const alice = await signIn('alice');
  const port = await connect(alice.id, 'orders');
  const before = fixture.secrets.values.get(`tokens:${alice.id}`);
  user = 'alice';
  const { profileId } = await core.signIn(relay.url, { another: true });
  expect(profileId).not.toBe(alice.id);
  const after = await snapshotWhere(core, ({ profiles }) => profiles.length === 1);
  expect(after).toMatchObject({ currentProfileId: alice.id, profiles: [{ id: alice.id, account: 'alice' }] });
  expect(after.profiles[0]?.connections['orders']).toMatchObject({ status: 'on', port });
  expect(fixture.secrets.values.get(`tokens:${alice.id}`)).not.toBe(before);
  expect(fixture.state.current.profiles).toHaveLength(1);
});

test('a sign-in for an account at another relay, or for none, is refused', async () => {
  const { id } = await signIn('alice');
  await expect(core.signIn('https://other.example.com', { profileId: id })).rejects.toMatchObject({
    code: 'bad-input',
  });
  await expect(core.signIn(relay.url, { profileId: 'nobody' })).rejects.toMatchObject({ code: 'bad-input' });
});

test('a further account that was begun and given up leaves nothing', async () => {
  const alice = await signIn('alice');
  user = null;
  const { profileId } = await core.signIn(relay.url, { another: true });
  await snapshotWhere(core, ({ profiles }) =>
    profiles.some(({ id, signIn: { status } }) => id === profileId && status === 'waiting-for-browser'),
  );
  core.cancelSignIn(profileId);
  await snapshotWhere(core, ({ profiles }) =>
    profiles.some(({ id, signIn: { status } }) => id === profileId && status === 'signed-out'),
  );
  core.selectProfile(alice.id);
  expect(core.snapshot().profiles.map(({ id }) => id)).toEqual([alice.id]);
  expect([...fixture.secrets.values.keys()]).toEqual([`tokens:${alice.id}`]);
});

test('two accounts at one relay are apart, and both are there after a restart', async () => {
  const alice = await signIn('alice');
  const bob = await signIn('bob', { another: true });
  expect(pages.map((page) => page.searchParams.get('prompt'))).toEqual([null, 'login']);
  const ports = [await connect(alice.id, 'orders'), await connect(bob.id, 'orders')];
  expect(new Set(ports).size).toBe(2);
  core.setFavourite(bob.id, 'inventory', true);
  core.setColor(bob.id, 'orange');
  core.setColor(alice.id, 'teal');
  core.setColor(alice.id, null);
  const [first, second] = fixture.state.current.profiles;
  expect([first?.deviceId, second?.favourites]).toEqual([expect.any(String), ['inventory']]);
  expect(first?.deviceId).not.toBe(second?.deviceId);
  expect(first?.favourites).toEqual([]);
  await core.close();

  core = make();
  await core.start();
  const again = await snapshotWhere(core, ({ profiles }) => profiles.length === 2 && profiles.every(isReady));
  expect(again.profiles.map(({ id, account }) => [id, account])).toEqual([
    [alice.id, 'alice'],
    [bob.id, 'bob'],
  ]);
  expect(again.profiles.map(({ color }) => color)).toEqual([undefined, 'orange']);
  expect(again.profiles.map(({ connections }) => connections['orders'])).toMatchObject(
    ports.map((port) => ({ status: 'on', port })),
  );
  expect(pages).toHaveLength(2);
});

test('signing one out leaves the other signed in and connected', async () => {
  const alice = await signIn('alice');
  const bob = await signIn('bob', { another: true });
  await connect(alice.id, 'orders');
  await connect(bob.id, 'orders');
  await core.signOut(bob.id);
  const [first, second] = core.snapshot().profiles;
  expect(first).toMatchObject({
    id: alice.id,
    signIn: { status: 'signed-in' },
    connections: { orders: { status: 'on' } },
  });
  expect(second).toMatchObject({ id: bob.id, signIn: { status: 'signed-out' }, connections: {} });
  expect([...fixture.secrets.values.keys()]).toEqual([`tokens:${alice.id}`]);
  await core.removeProfile(bob.id);
  expect(core.snapshot()).toMatchObject({ currentProfileId: alice.id, profiles: [{ id: alice.id }] });
});

test('whoever signs in again by another account’s button lands at their own, and nobody’s place is taken', async () => {
  const alice = await signIn('alice');
  const bob = await signIn('bob', { another: true });
  const port = await connect(bob.id, 'orders');
  await signIn('alice', { profileId: bob.id });
  expect(pages.at(-1)?.searchParams.get('login_hint')).toBe('bob');
  const { profiles, currentProfileId } = core.snapshot();
  expect(profiles.map(({ id, account, signIn: { status } }) => [id, account, status])).toEqual([
    [alice.id, 'alice', 'signed-in'],
    [bob.id, 'bob', 'signed-in'],
  ]);
  expect(currentProfileId).toBe(alice.id);
  expect(profiles[1]?.connections['orders']).toMatchObject({ status: 'on', port });
});

test('what only a newer version knows of a profile, a setting or the file stays', async () => {
  const alice = await signIn('alice');
  await core.close();
  const { current } = fixture.state;
  fixture.state.current = Object.assign(structuredClone(current), {
    later: { kept: true },
    settings: { ...current.settings, later: 7 },
    profiles: current.profiles.map((profile) => ({ ...profile, later: 'as it was' })),
  });
  core = make();
  await core.start();
  core.setFavourite(alice.id, 'orders', true);
  await core.setSettings({ theme: 'dark' });
  expect(fixture.state.current).toMatchObject({
    later: { kept: true },
    settings: { theme: 'dark', later: 7 },
    profiles: [{ id: alice.id, favourites: ['orders'], later: 'as it was' }],
  });
});
