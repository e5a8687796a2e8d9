import { AccessError } from '../../shared/errors.ts';
import { type Person, personKey } from '../identity/person-key.ts';
import { fitsFilter, type SessionFilter } from './find-sessions.ts';
import { foldedName } from './locks-in-force.ts';
import type { SessionRecord } from './session-record.ts';

type Awaitable<Value> = Value | Promise<Value>;

/** What of the sessions is wanted, last used first. */
export interface SessionSearch {
  readonly filter: SessionFilter;
  /** Where the page before ended; null for the first. */
  readonly cursor: string | null;
  readonly limit: number;
  /** What no store can tell; all that are left out are as if they weren't there. */
  readonly keep: (session: SessionRecord) => boolean;
}

/** A page, and where the next one begins; null at the end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** Which people are wanted, last seen first. */
export interface PeopleSearch {
  /** Part of the user name in any letter case, or the whole subject; everybody when left out. */
  readonly text?: string;
  readonly cursor: string | null;
  readonly limit: number;
}

/** A person as far as the sessions know one. Times are milliseconds since the epoch. */
export interface SeenPerson extends Pick<SessionRecord, 'kind' | 'issuer' | 'provider' | 'subject' | 'username'> {
  readonly lastUsedAtMs: number;
  readonly sessions: number;
}

/** Whoever has a subject, in any letter case, at one issuer or, with null, at any. */
export interface SubjectAt {
  readonly subject: string;
  readonly issuer: string | null;
}

/** Finds sessions and people without reading all that there are. */
export interface SearchableSessions {
  search(search: SessionSearch): Awaitable<Page<SessionRecord>>;
  people(search: PeopleSearch): Awaitable<Page<SeenPerson>>;
  /**
   * All sessions of the people who have one of these subjects, last used first. Where somebody has one as it is written, at
   * its issuer, those who have it in other letters may be left out.
   */
  ofSubjects(subjects: readonly SubjectAt[]): Awaitable<readonly SessionRecord[]>;
}

/** A place in an order: a time, the latest first, and names that tell apart what has the same. */
export interface PlaceInOrder {
  readonly atMs: number;
  readonly names: readonly string[];
}

export function cursorOf({ atMs, names }: PlaceInOrder): string {
  return Buffer.from(JSON.stringify([atMs, ...names])).toString('base64url');
}

/** @throws AccessError `bad-input` for what isn't a cursor with so many names */
export function readPlace(cursor: string | null, names: number): PlaceInOrder | null {
  if (cursor === null) return null;
  const wrong = new AccessError('bad-input', 'The cursor isn’t one of this list. Begin without one.');
  let given: unknown;
  try {
    given = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (error) {
    throw new AccessError(wrong.code, wrong.message, { cause: error });
  }
  const [atMs, ...rest] = Array.isArray(given) ? (given as unknown[]) : [];
  if (typeof atMs !== 'number' || !Number.isSafeInteger(atMs) || rest.length !== names) throw wrong;
  const texts = rest.filter((name) => typeof name === 'string');
  if (texts.length !== names) throw wrong;
  return { atMs, names: texts };
}

/**
 * Texts which the stored JSON of every session that fits has, the folded ones in lower case. A store may leave out what
 * hasn't got them; whether a session fits is for {@link fitsFilter} to say.
 */
export function tracesOf(filter: SessionFilter): {
  readonly exact: readonly string[];
  readonly folded: readonly string[];
} {
  const { session, person, device, appVersion, address, api } = filter;
  const given = (values: readonly (string | undefined)[]): string[] => values.filter((value) => value !== undefined);
  return {
    exact: given([session, appVersion, address, api]).map((value) => JSON.stringify(value)),
    folded: given([person, device]).flatMap((value) => foldedTrace(value, '"')),
  };
}

/** The trace of a part of a user name. */
export function traceOfText(text: string): readonly string[] {
  return foldedTrace(text, '');
}

/** Stores don’t agree on what is the same letter outside ASCII; there it is left to the check. */
function foldedTrace(value: string, quote: string): readonly string[] {
  const text = JSON.stringify(value).slice(1, -1).toLowerCase();
  return /^[ -~]*$/.test(text) ? [`${quote}${text}${quote}`] : [];
}

export function fitsText({ username, subject }: Pick<SessionRecord, 'username' | 'subject'>, text?: string): boolean {
  return text === undefined || subject === text || username.toLowerCase().includes(text.toLowerCase());
}

/** Tells whether somebody has one of these subjects. */
export function hasSubject(subjects: readonly SubjectAt[]): (person: Person) => boolean {
  const issuersOf = Map.groupBy(subjects, ({ subject }) => foldedName(subject));
  return ({ issuer, subject }) =>
    issuersOf.get(foldedName(subject))?.some((one) => one.issuer === null || one.issuer === issuer) === true;
}

/** In the order of the lists: last used first. */
export function lastUsedFirst(sessions: readonly SessionRecord[]): readonly SessionRecord[] {
  return sessions.toSorted((one, other) => compare(placeOf(one), placeOf(other)));
}

/** Searches what a function lists, for stores that can’t do it themselves; keeps only a page at a time. */
export function searchListed(list: () => Promise<readonly SessionRecord[]>): SearchableSessions {
  return {
    async search({ filter, cursor, limit, keep }) {
      const after = readPlace(cursor, 1);
      const wanted = (await list()).filter(
        (session) => isBehind(placeOf(session), after) && fitsFilter(session, filter) && keep(session),
      );
      return pageOf(wanted, limit, placeOf);
    },
    async people({ text, cursor, limit }) {
      const after = readPlace(cursor, 2);
      const people = new Map<string, SeenPerson>();
      for (const session of await list()) {
        if (!fitsText(session, text)) continue;
        const key = personKey(session);
        const known = people.get(key);
        const { kind, issuer, provider, subject, username } = session;
        const lastUsedAtMs = Math.round(session.lastUsedAtMs);
        if (known === undefined)
          people.set(key, { kind, issuer, provider, subject, username, lastUsedAtMs, sessions: 1 });
        else people.set(key, { ...known, sessions: known.sessions + 1 });
      }
      const ordered = [...people.values()].toSorted((one, other) => compare(personPlace(one), personPlace(other)));
      return pageOf(
        ordered.filter((person) => isBehind(personPlace(person), after)),
        limit,
        personPlace,
      );
    },
    ofSubjects: async (subjects) => lastUsedFirst((await list()).filter(hasSubject(subjects))),
  };
}

export function placeOf({ lastUsedAtMs, id }: Pick<SessionRecord, 'lastUsedAtMs' | 'id'>): PlaceInOrder {
  return { atMs: Math.round(lastUsedAtMs), names: [id] };
}

function personPlace({ lastUsedAtMs, issuer, subject }: SeenPerson): PlaceInOrder {
  return { atMs: lastUsedAtMs, names: [issuer, subject] };
}

function compare(one: PlaceInOrder, other: PlaceInOrder): number {
  if (one.atMs !== other.atMs) return other.atMs - one.atMs;
  const different = one.names.findIndex((name, index) => name !== other.names[index]);
  if (different < 0) return 0;
  return (one.names[different] ?? '') < (other.names[different] ?? '') ? -1 : 1;
}

function isBehind(place: PlaceInOrder, after: PlaceInOrder | null): boolean {
  return after === null || compare(place, after) > 0;
}

/** The first of those that are left, in order. */
function pageOf<Item>(items: readonly Item[], limit: number, place: (item: Item) => PlaceInOrder): Page<Item> {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: last === undefined || items.length <= limit ? null : cursorOf(place(last)) };
}
