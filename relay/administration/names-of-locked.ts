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
  const names = people.map((): string | null => null);
  const left = Map.groupBy(people.keys(), (index) => foldedName(people[index]?.who ?? ''));
  const opened = await openLocks(place);
  try {
    await opened.sessions.search({
      filter: {},
      cursor: null,
      limit: 1,
      // Looked at and left out, one after the other: nothing is kept of thousands.
      keep(session) {
        const { subject, username } = session;
        for (const index of left.get(foldedName(subject)) ?? []) {
          const person = people[index];
          if (person === undefined || names[index] !== null || !isOnPerson(person, session)) continue;
          if (foldedName(username) !== foldedName(person.who)) names[index] = username;
        }
        return false;
      },
    });
  } finally {
    await opened.close();
  }
  return names;
}
