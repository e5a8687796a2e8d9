import { AccessError } from '../../shared/errors.ts';
import { type Person, personKey } from '../identity/person-key.ts';
import { isInForce, type Lock } from '../sessions/lock.ts';
import { isOnPerson } from '../sessions/locks-in-force.ts';
import type { PeopleSearch, SeenPerson } from '../sessions/search-sessions.ts';
import { openLocks } from './open-locks.ts';
import type { StatePlace } from './state-place.ts';

/** A person in a list of people. */
export interface ListedPerson extends SeenPerson {
  /** By which the person is asked for: who it is for good, in one text. */
  readonly id: string;
  /** Whether a lock on the person is in force; locks on groups, devices and everything are no part of that. */
  readonly locked: boolean;
}

/** A page of people, and where the next one begins; null at the end. */
export interface PeoplePage {
  readonly people: readonly ListedPerson[];
  readonly next: string | null;
}

/** Who had sessions in the last 90 days, last seen first. @throws AccessError `bad-input`, `shared-state-unavailable` */
export async function pageOfPeople(place: StatePlace, search: PeopleSearch, nowMs: number): Promise<PeoplePage> {
  const opened = await openLocks(place);
  try {
    const { items, next } = await opened.sessions.people(search);
    const locks = (await opened.store.list()).filter((lock) => isInForce(lock, nowMs));
    return {
      people: items.map((person) => ({ id: personId(person), ...person, locked: isLocked(locks, person) })),
      next,
    };
  } finally {
    await opened.close();
  }
}

function isLocked(locks: readonly Lock[], person: SeenPerson): boolean {
  return locks.some(({ target }) => isOnPerson(target, person));
}

/** A person in one text that can stand in an address. */
export function personId(person: Person): string {
  return Buffer.from(personKey(person)).toString('base64url');
}

/** Whom such a text means; null for another text. */
export function readPersonId(text: string): Person | null {
  try {
    const given: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(given) || given.length !== 2) return null;
    const [issuer, subject] = given as unknown[];
    return typeof issuer === 'string' && typeof subject === 'string' ? { issuer, subject } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Nobody of this name or id is known. */
export function unknownPerson(text: string): AccessError {
  return new AccessError('bad-input', `Nobody called “${text.slice(0, 100)}” is known here.`);
}
