import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SecretStore } from '../../../client/secrets/secret-store.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { settablePolicy } from '../managed/support/settable-policy.ts';
import { type CoreFixture, coreFixture, profileWhere } from '../support/core-fixture.ts';
import { type SmallRelay, startSmallRelay } from '../support/small-relay.ts';

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

/** The fixture’s secrets, where one kind of call waits from its first until it is let go on. */
function waiting(call: 'get' | 'set') {
  const reached = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const pause = async (name: string): Promise<void> => {
    if (!name.startsWith('tokens:')) return;
    reached.resolve();
    await goOn.promise;
  };
  const secrets: SecretStore = {
    ...fixture.secrets,
    async get(name) {
      const value = await fixture.secrets.get(name);
      if (call === 'get') await pause(name);
      return value;
    },
    async set(name, value) {
      if (call === 'set') await pause(name);
      await fixture.secrets.set(name, value);
    },
  };
  return { secrets, reached: reached.promise, goOn: () => goOn.resolve() };
}

const tokens = (): readonly string[] => [...fixture.secrets.values.keys()].filter((name) => name.startsWith('tokens:'));

test.each([
  ['a sign-out', null],
  ['IT, which forbids the relay,', { code: 'managed' }],
])('%s while the end of a sign-in is stored leaves nothing of it', async (what, problem) => {
  const { secrets, reached, goOn } = waiting('set');
  const managed = settablePolicy();
  const core = fixture.make({ secrets, managed });
  await core.start();
  const { profileId } = await core.signIn(relay.url);
  await reached;
  const left = what === 'a sign-out' ? core.signOut(profileId) : null;
  if (left === null) managed.set({ relays: ['https://relay.example.com'], allowedRelaysOnly: true });
  goOn();
  await left;
  await profileWhere(core, ({ signIn }) => signIn.status === 'signed-out' || signIn.status === 'signed-in');
  await vi.waitFor(
    () => {
      const [profile] = core.snapshot().profiles;
      expect(profile).toMatchObject({ signIn: { status: 'signed-out', problem }, tunnel: { status: 'closed' } });
      expect(tokens()).toEqual([]);
      // Once each for access and refresh token, whoever of both found it.
      expect(idp.counts.revocation).toBe(2);
    },
    { timeout: 10_000 },
  );
  expect(relay.seen).toEqual([]);
});

test('a sign-out while the sign-in of the last run is read leaves nothing of it', async () => {
  const first = fixture.make();
  await first.start();
  await first.signIn(relay.url);
  await profileWhere(first, ({ catalog }) => catalog.status === 'ready');
  await first.close();
  const asked = relay.seen.length;
  const { secrets, reached, goOn } = waiting('get');
  const core = fixture.make({ secrets });
  const started = core.start();
  await reached;
  const left = core.signOut(core.snapshot().profiles[0]?.id ?? '');
  goOn();
  await Promise.all([started, left]);
  await profileWhere(core, ({ signIn }) => signIn.status === 'signed-out' || signIn.status === 'signed-in');
  expect(core.snapshot().profiles[0]).toMatchObject({
    signIn: { status: 'signed-out', problem: null },
    tunnel: { status: 'closed' },
  });
  expect(tokens()).toEqual([]);
  expect(relay.seen).toHaveLength(asked);
});
