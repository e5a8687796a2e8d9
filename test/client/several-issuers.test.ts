import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClientCore } from '../../client/core/client-core.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { type Idp, startIdp } from '../support/idp/start-idp.ts';
import { type CoreFixture, coreFixture, profileWhere } from './support/core-fixture.ts';
import { type SmallRelay, startSmallRelay } from './support/small-relay.ts';

let staff: Idp;
let partners: Idp;
let relay: SmallRelay;
let fixture: CoreFixture;
let core: ClientCore;

beforeEach(async () => {
  [staff, partners] = await Promise.all([startIdp(), startIdp()]);
  relay = await startSmallRelay({});
  const issuer = (name: string, idp: Idp) => ({
    name,
    issuer: idp.issuer,
    clientId: idp.clientId,
    scopes: ['openid', 'offline_access'],
    dpop: 'when-offered' as const,
    redirectPorts: [],
  });
  relay.answer({ discovery: { issuers: [issuer('Staff', staff), issuer('Partners', partners)] } });
  fixture = await coreFixture();
  core = fixture.make({ passive: true });
  await core.start();
});

afterEach(async () => {
  await fixture.close();
  await Promise.all([relay.close(), staff.close(), partners.close()]);
});

const signedIn = (profile: ProfileSnapshot): boolean => profile.catalog.status === 'ready';
const choosing = (profile: ProfileSnapshot): boolean => profile.signIn.status === 'choosing-issuer';

test('a service that the relay doesn’t name is refused with those that it does', async () => {
  await core.signIn(relay.url, { issuer: 'Customers' });
  const { signIn } = await profileWhere(core, (p) => p.signIn.status === 'signed-out');
  expect(signIn).toMatchObject({
    problem: { code: 'bad-input', detail: expect.stringContaining('“Staff”, “Partners”') },
  });
});

test('the person chooses among the services, and only among them', async () => {
  const { profileId } = await core.signIn(relay.url);
  const { signIn } = await profileWhere(core, choosing);
  expect(signIn).toMatchObject({
    issuers: [
      { name: 'Staff', issuer: staff.issuer },
      { name: 'Partners', issuer: partners.issuer },
    ],
  });
  expect(() => core.chooseIssuer(profileId, 'https://evil.example')).toThrow('isn’t one of the sign-in services');
  expect(fixture.opened).toEqual([]);
  core.chooseIssuer(profileId, partners.issuer);
  await profileWhere(core, signedIn);
  expect([staff.counts.codeExchanges, partners.counts.codeExchanges]).toEqual([0, 1]);
});

test('a choice that isn’t made can be cancelled, and ends by itself', async () => {
  const { profileId } = await core.signIn(relay.url);
  await profileWhere(core, choosing);
  core.cancelSignIn(profileId);
  const cancelled = await profileWhere(core, (p) => p.signIn.status === 'signed-out');
  expect(cancelled.signIn).toMatchObject({ problem: { code: 'sign-in-cancelled' } });
  const impatient = fixture.make({ passive: true, signInTimeoutMs: 50 });
  await impatient.signIn(relay.url);
  const late = await profileWhere(impatient, (p) => p.signIn.status === 'signed-out');
  expect(late.signIn).toMatchObject({ problem: { code: 'sign-in-timed-out' } });
});

test.each(['Partners', 'partners'])('a service named “%s” beforehand is used without asking', async (issuer) => {
  await core.signIn(relay.url, { issuer });
  await profileWhere(core, signedIn);
  expect([staff.counts.codeExchanges, partners.counts.codeExchanges]).toEqual([0, 1]);
});

test('signing in again uses the service of last time', async () => {
  await core.signIn(relay.url, { issuer: partners.issuer });
  const first = await profileWhere(core, signedIn);
  await core.signIn(relay.url);
  await profileWhere(
    core,
    ({ signIn }) =>
      signIn.status === 'signed-in' && first.signIn.status === 'signed-in' && signIn.sinceMs > first.signIn.sinceMs,
  );
  expect(partners.counts.codeExchanges).toBe(2);
});
