import type { LockTarget } from '../sessions/lock.ts';
import { foldedName, isOnPerson } from '../sessions/locks-in-force.ts';
import { openLocks } from './open-locks.ts';
import type { StatePlace } from './state-place.ts';

/** A lock on a person. */
export type LockedPerson = Extract<LockTarget, { type: 'person' }>;

/**
 * The user names by which sessions know people who are locked by something else, such as their subject; null for those who
 * are locked by that name, and for those whom no session knows. The last used session counts.
 * @throws AccessError `shared-state-unavailable`
 */
export async function namesOfLocked(
  place: StatePlace,
  people: readonly LockedPerson[],
): Promise<readonly (string | null)[]> {
  if (people.length === 0) return [];
  const opened = await openLocks(place);
  try {
    const sessions = await opened.sessions.ofSubjects(people.map(({ who, issuer }) => ({ subject: who, issuer })));
    const bySubject = Map.groupBy(sessions, ({ subject }) => foldedName(subject));
    return people.map((person) => {
      const found = bySubject
        .get(foldedName(person.who))
        ?.find((session) => isOnPerson(person, session) && foldedName(session.username) !== foldedName(person.who));
      return found?.username ?? null;
    });
  } finally {
    await opened.close();
  }
}
