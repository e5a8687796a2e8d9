import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ClientCore } from '../../client/core/client-core.ts';
import type { ShownRequest } from '../../shared/access-request.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { type DemoWorld, startDemoWorld } from '../support/demo-world.ts';
import { type CoreFixture, coreFixture, profileWhere } from './support/core-fixture.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let world: DemoWorld;
let alice: Person;
let dana: Person;
let bob: Person;

interface Person {
  readonly fixture: CoreFixture;
  readonly core: ClientCore;
  readonly profileId: string;
}

beforeAll(async () => {
  world = await startDemoWorld({
    configure: (config) => ({
      ...config,
      apis: config.apis.map((api) =>
        api.id === 'payroll'
          ? {
              ...api,
              when_locked: 'show',
              access_requests: { roles: ['finance'], approvers: ['relay-admins'], max_hours: 8 },
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
  const signedIn = async (user: string): Promise<Person> => {
    const fixture = await coreFixture(user);
    const core = fixture.make({ ca: [world.ca] });
    await core.start();
    const { profileId } = await core.signIn(world.relayUrl);
    await profileWhere(core, (profile) => profile.requests !== undefined);
    return { fixture, core, profileId };
  };
  [alice, dana, bob] = await Promise.all([signedIn('alice'), signedIn('dana'), signedIn('bob')]);
});

afterEach(async () => {
  const open = requestsOf(alice.core.snapshot().profiles[0]).filter(({ status }) => isOpen(status));
  for (const { id } of open) await alice.core.withdrawRequest(alice.profileId, id);
  for (const { fixture } of [alice, dana, bob]) await fixture.close();
});

const wish = { api: 'payroll', role: 'finance', reason: 'Payslip of March' };
const isOpen = (status: string): boolean => status === 'pending' || status === 'approved';

function requestsOf(profile: ProfileSnapshot | undefined): readonly ShownRequest[] {
  return profile?.requests?.requests ?? [];
}

/** The request as somebody’s app knows it, once it is so, without anybody having asked for it there. */
async function seen({ core }: Person, id: string, status: ShownRequest['status']): Promise<ShownRequest> {
  const is = (request: ShownRequest): boolean => request.id === id && request.status === status;
  const profile = await profileWhere(core, (candidate) => requestsOf(candidate).some(is));
  const found = requestsOf(profile).find(is);
  if (found === undefined) throw new Error('The request is gone');
  return found;
}

function accessTo(person: Person, api: string): Promise<ProfileSnapshot> {
  return profileWhere(person.core, ({ catalog }) => {
    if (catalog.status !== 'ready') return false;
    return catalog.catalog.apis.some(({ id, access }) => id === api && access === 'open');
  });
}

describe('requests for access', () => {
  test('reach those who decide and nobody else; the word and the end reach who asked, with what was said', async () => {
    expect(alice.core.snapshot().profiles[0]?.requests).toMatchObject({ decides: false });
    expect(dana.core.snapshot().profiles[0]?.requests).toMatchObject({ decides: true });
    const asked = await alice.core.requestAccess(alice.profileId, wish);
    expect(asked).toMatchObject({ status: 'pending', mine: true, decidable: false, approvers: ['relay-admins'] });

    const toDecide = await seen(dana, asked.id, 'pending');
    expect(toDecide).toMatchObject({ requester: 'alice', reason: wish.reason, decidable: true, today: { grants: [] } });
    await dana.core.decideRequest(dana.profileId, asked.id, { verdict: 'approve', note: 'Until noon', hours: 2 });
    const granted = await seen(alice, asked.id, 'approved');
    expect(granted).toMatchObject({ hours: 2, decidedBy: 'dana', note: 'Until noon' });
    expect(granted.expiresAtMs).toBe((granted.decidedAtMs ?? 0) + 2 * 3_600_000);
    await accessTo(alice, 'payroll');

    await dana.core.decideRequest(dana.profileId, asked.id, { verdict: 'end', note: 'Done' });
    expect(await seen(alice, asked.id, 'revoked')).toMatchObject({ note: 'Done' });
    expect(requestsOf(bob.core.snapshot().profiles[0])).toEqual([]);
  });

  test('stay known over a restart, because the relay says them', async () => {
    const asked = await alice.core.requestAccess(alice.profileId, wish);
    await alice.core.close();
    alice = { ...alice, core: alice.fixture.make({ ca: [world.ca] }) };
    await alice.core.start();
    expect(await seen(alice, asked.id, 'pending')).toMatchObject({ mine: true, reason: wish.reason });
  });

  test('taken back vanish from those who decide; who decides too late is told what became of it', async () => {
    const { id } = await alice.core.requestAccess(alice.profileId, wish);
    await seen(dana, id, 'pending');
    await alice.core.withdrawRequest(alice.profileId, id);
    await seen(dana, id, 'cancelled');
    const late = dana.core.decideRequest(dana.profileId, id, { verdict: 'approve', note: '' });
    await expect(late).rejects.toMatchObject({
      code: 'already-decided',
      message: expect.stringContaining('taken back') as string,
    });
    expect((await alice.core.requestAccess(alice.profileId, wish)).id).not.toBe(id);
  });

  test('aren’t known any more once the person has signed out', async () => {
    await bob.core.signOut(bob.profileId);
    expect(bob.core.snapshot().profiles[0]?.requests).toBeUndefined();
    await expect(bob.core.requestAccess(bob.profileId, wish)).rejects.toMatchObject({ code: 'sign-in-expired' });
  });
});
