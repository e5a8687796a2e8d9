import { expect, it } from 'vitest';
import type { Identity } from '../../../relay/identity/identity.ts';
import type { Revocations } from '../../../relay/identity/revocations.ts';
import { openAuthenticator } from './test-issuer.ts';

const dayMs = 86_400_000;

/** An authenticator that notes what it is told to revoke. */
function setUp() {
  const clock = { nowMs: 1_800_000_000_000 };
  const revoked: unknown[] = [];
  const revocations = {
    revoke: (...what: unknown[]) => void revoked.push(what),
    revokedBy: () => null,
    problem: () => null,
  } as unknown as Revocations;
  const authenticator = openAuthenticator([], { now: () => clock.nowMs, revocations });
  const person = (subject: string, tokenId: string | undefined): Identity =>
    ({ issuer: 'https://idp.example', subject, tokenId, kind: 'person' }) as Identity;
  return { authenticator, clock, person, revoked };
}

it('somebody with very many tokens signs out 500 times a day at most, others as before', async () => {
  const { authenticator, clock, person, revoked } = setUp();
  for (let count = 0; count < 500; count += 1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await authenticator.signOut(person('alice', `t${count}`));
  await expect(authenticator.signOut(person('alice', 'one more'))).rejects.toMatchObject({ code: 'overloaded' });
  await expect(authenticator.signOut(person('alice', undefined))).rejects.toMatchObject({ code: 'overloaded' });
  expect(revoked).toHaveLength(500);
  await authenticator.signOut(person('alice', 't0'));
  await authenticator.signOut(person('bob', 'one more'));
  expect(revoked.slice(500)).toEqual([
    [{ issuer: 'https://idp.example', signInOf: person('alice', 't0') }, 'person'],
    [{ issuer: 'https://idp.example', signInOf: person('bob', 'one more') }, 'person'],
  ]);
  clock.nowMs += dayMs - 1;
  await expect(authenticator.signOut(person('alice', 'one more'))).rejects.toMatchObject({ code: 'overloaded' });
  clock.nowMs += 1;
  await authenticator.signOut(person('alice', 'one more'));
});
