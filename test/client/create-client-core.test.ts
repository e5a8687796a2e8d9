import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CoreFixture, coreFixture, profileWhere, snapshotWhere } from './support/core-fixture.ts';
import { type SmallRelay, startSmallRelay } from './support/small-relay.ts';
import { openActivityFile } from '../../client/profile/activity-file.ts';
import { sampleActivity } from '../support/renderer-preview/sample-snapshot.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { freePort } from '../support/free-port.ts';
import { type Idp, startIdp } from '../support/idp/start-idp.ts';

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

const readyCatalog = (profile: { catalog: { status: string } }): boolean => profile.catalog.status === 'ready';

test('signing in shows the person’s catalog, with the token bound by DPoP', async () => {
  const core = fixture.make({ passive: true });
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  const profile = await profileWhere(core, readyCatalog);
  expect(profile.id).toBe(profileId);
  expect(profile.signIn).toMatchObject({ status: 'signed-in', bound: 'dpop', kept: 'keychain', renewalProblem: null });
  expect(profile.relayName).toBe('Example Company');
  expect(profile.catalog).toMatchObject({ status: 'ready', problem: null, catalog: { person: { subject: 'alice' } } });
  expect(relay.seen.at(-1)?.authorization).toMatch(/^DPoP /);
  expect(core.snapshot().recentRelayUrls).toEqual([relay.url]);
});

test('the snapshot and the remembered state hold no token', async () => {
  const core = fixture.make({ passive: true });
  await core.start();
  await core.signIn(relay.url);
  await profileWhere(core, readyCatalog);
  const [stored] = [...fixture.secrets.values.values()].map((value) => JSON.parse(value) as Record<string, string>);
  const shown = JSON.stringify([core.snapshot(), fixture.state.current]);
  for (const secret of ['accessToken', 'refreshToken', 'idToken']) {
    expect(stored?.[secret]).toBeTypeOf('string');
    expect(shown).not.toContain(stored?.[secret]);
  }
});

test('after a restart the person is still signed in and connections come back on their ports', async () => {
  const first = fixture.make();
  await first.start();
  const { profileId } = await first.signIn(relay.url);
  await profileWhere(first, readyCatalog);
  const port = await freePort();
  await first.setPort(profileId, 'orders', port);
  await first.connect(profileId, 'orders');
  await first.close();

  const second = fixture.make();
  await second.start();
  const profile = await profileWhere(second, (p) => p.connections['orders']?.status === 'on' && readyCatalog(p));
  expect(profile.connections['orders']).toMatchObject({ port, address: `http://127.0.0.1:${port}` });
  expect(fixture.opened).toHaveLength(1);
});

test('an API that is locked or unknown isn’t connected', async () => {
  const core = fixture.make({ passive: true });
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  await profileWhere(core, readyCatalog);
  await expect(core.connect(profileId, 'payroll')).rejects.toMatchObject({ code: 'policy-denied' });
  await expect(core.connect(profileId, 'nothing')).rejects.toMatchObject({ code: 'unknown-api' });
});

test('when the sign-in ends, exactly one problem is shown, and signing in again brings everything back', async () => {
  const core = fixture.make();
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  await profileWhere(core, readyCatalog);
  await core.setPort(profileId, 'orders', await freePort());
  await core.connect(profileId, 'orders');
  idp.forgetEverybody();
  relay.answer({ catalogProblem: { status: 401, code: 'token-rejected' } });
  await core.refreshCatalog(profileId);
  const expired = await profileWhere(core, (p) => p.signIn.status === 'expired');
  const problems = JSON.stringify(core.snapshot()).match(/"code":"/g) ?? [];
  expect(problems).toHaveLength(1);
  expect(expired.signIn).toMatchObject({ problem: { code: 'sign-in-expired' } });
  const address = expired.connections['orders'];
  expect(address).toMatchObject({ status: 'on', address: expect.stringMatching(/^http:\/\/127/) as string });
  const answer = await fetch(address?.status === 'on' ? address.address : '');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ code: 'sign-in-expired', title: 'Your sign-in has ended' });

  relay.answer({ catalogProblem: undefined });
  await core.signIn(relay.url);
  await profileWhere(core, (p) => p.signIn.status === 'signed-in' && p.connections['orders']?.status === 'on');
});

test.each([
  ['somebody else', 'bob', 0],
  ['the same person', 'alice', 1],
])('after a sign-in of %s on top of one that goes on, %s sees %i requests of before', async (_who, user, kept) => {
  let person = 'alice';
  const core = fixture.make({
    passive: true,
    openBrowser: async (url) => void signInWithoutBrowser(url, { user: person }),
  });
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  await profileWhere(core, readyCatalog);
  await core.setPort(profileId, 'orders', await freePort());
  await core.connect(profileId, 'orders');
  const { stateDir, secrets } = fixture;
  const file = openActivityFile({ stateDir, secrets, profileId, onBatch: () => undefined, now: Date.now });
  file.add({ entries: sampleActivity(Date.now(), 1), counts: {} });
  await file.close();
  expect((await core.keptActivity(profileId)).entries).toHaveLength(1);

  person = user;
  await core.signIn(relay.url);
  await profileWhere(core, ({ signIn }) => signIn.status === 'signed-in');
  expect((await core.keptActivity(profileId)).entries).toHaveLength(kept);
  expect(Object.keys(core.snapshot().profiles[0]?.connections ?? {})).toHaveLength(kept);
});

test('a sign-in that ended is still known to have ended after a restart', async () => {
  const core = fixture.make({ passive: true });
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  await profileWhere(core, readyCatalog);
  idp.forgetEverybody();
  relay.answer({ catalogProblem: { status: 401, code: 'token-rejected' } });
  await core.refreshCatalog(profileId);
  await profileWhere(core, (p) => p.signIn.status === 'expired');
  await core.close();
  const again = fixture.make({ passive: true });
  await again.start();
  await profileWhere(again, (p) => p.signIn.status === 'expired');
});

test('signing out revokes at the provider, ends its session in the browser and forgets all secrets', async () => {
  const core = fixture.make();
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  await profileWhere(core, readyCatalog);
  await core.setPort(profileId, 'orders', await freePort());
  await core.connect(profileId, 'orders');
  await core.signOut(profileId);
  expect(core.snapshot().profiles[0]).toMatchObject({
    signIn: { status: 'signed-out', problem: null },
    tunnel: { status: 'closed' },
    catalog: { status: 'none' },
    connections: {},
  });
  expect(core.snapshot().gateway).toEqual({ status: 'off' });
  expect(idp.counts.revocation).toBe(2);
  expect(fixture.opened.at(-1)).toContain(`${idp.issuer}/session/end?`);
  expect(fixture.opened.at(-1)).toContain('id_token_hint=');
  expect(fixture.secrets.values.size).toBe(0);
});

test('signing out while the provider is down still forgets all secrets, and says what could not be done', async () => {
  const core = fixture.make({ passive: true });
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  await profileWhere(core, readyCatalog);
  await idp.setAvailability('refuse');
  await core.signOut(profileId);
  expect(fixture.secrets.values.size).toBe(0);
  expect(core.snapshot().profiles[0]?.signIn).toMatchObject({
    status: 'signed-out',
    problem: { code: 'not-revoked', detail: expect.stringMatching(/sign-in there may last until/) },
  });
});

test('a cancelled sign-in leaves the profile signed out, with that as the only problem', async () => {
  const core = fixture.make({ openBrowser: async () => undefined });
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  const waiting = await profileWhere(core, (p) => p.signIn.status === 'waiting-for-browser');
  expect(waiting.signIn).toMatchObject({ url: expect.stringContaining(idp.issuer) });
  core.cancelSignIn(profileId);
  await profileWhere(core, (p) => p.signIn.status === 'signed-out' && p.signIn.problem?.code === 'sign-in-cancelled');
  expect(fixture.state.current.profiles).toEqual([]);
});

test('a deep link only pre-fills the relay’s address', async () => {
  const core = fixture.make();
  core.suggestRelay(relay.url);
  expect((await snapshotWhere(core, () => true)).suggestedRelayUrl).toBe(relay.url);
  expect(() => core.suggestRelay('javascript:alert(1)')).toThrowError();
  expect(core.snapshot().profiles).toEqual([]);
});
