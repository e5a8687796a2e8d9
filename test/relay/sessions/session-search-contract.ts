import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionFilter } from '../../../relay/sessions/find-sessions.ts';
import type { SearchableSessions, SubjectAt } from '../../../relay/sessions/search-sessions.ts';
import type { SessionRecord } from '../../../relay/sessions/session-record.ts';
import { sessionOf } from './session-store-contract.ts';

/** Something to search, filled with sessions. */
export interface OpenedSearch {
  readonly sessions: SearchableSessions;
  close(): Promise<void> | void;
}

const issuer = 'https://idp.example';
const ofPerson = (username: string, subject: string, atMs: number, given: Partial<SessionRecord> = {}): SessionRecord =>
  sessionOf(`${subject}-${atMs}`, { username, subject, lastUsedAtMs: atMs, ...given });

/** In the order of their last use, the latest first. */
const stored: readonly SessionRecord[] = [
  ofPerson('alice', 'a', 90, { apis: { orders: 90 }, addresses: { '10.0.0.1': 90 } }),
  ofPerson('Bob', 'b', 80, { device: { id: 'd2', name: 'Bobs "Box"', system: 'linux', appVersion: '2.0.0' } }),
  ofPerson('alice', 'a', 70),
  ofPerson('Änne', 'ä', 60, { apis: { orders: 60, payroll: 60 } }),
  // Names that only look like filters, and characters that some stores can’t hold.
  ofPerson('orders', '10.0.0.1', 50, { device: { name: 'half \uD83D', system: 'zero \u0000', appVersion: '1.0.0' } }),
  ofPerson('alice', 'a', 40, { issuer: 'https://other.example', subject: 'a', id: 'other-a' }),
  ofPerson('100%_sure', 'p', 30),
  ofPerson('tie', 't1', 20),
  ofPerson('tie', 't2', 20),
];

/** What every search of sessions promises. */
export function describeSessionSearch(
  name: string,
  isHere: boolean,
  open: (sessions: readonly SessionRecord[]) => Promise<OpenedSearch>,
): void {
  describe.runIf(isHere)(`searching sessions in ${name}`, () => {
    let opened: OpenedSearch;
    beforeAll(async () => {
      opened = await open(stored);
    });
    afterAll(() => opened?.close());

    const all = { cursor: null, limit: 100, keep: () => true };
    const idsOf = async (filter: SessionFilter, more: object = {}): Promise<readonly string[]> =>
      (await opened.sessions.search({ ...all, ...more, filter })).items.map(({ id }) => id);
    const peopleOf = async (text?: string): Promise<readonly (readonly [string, string, number, number])[]> => {
      const { items } = await opened.sessions.people({ ...all, ...(text === undefined ? {} : { text }) });
      return items.map((person) => [person.username, person.subject, person.sessions, person.lastUsedAtMs]);
    };

    it.each<[string, SessionFilter, readonly string[]]>([
      ['an API', { api: 'orders' }, ['a-90', 'ä-60']],
      ['an address', { address: '10.0.0.1' }, ['a-90']],
      ['a user name in other letters', { person: 'ALICE' }, ['a-90', 'a-70', 'other-a']],
      ['a user name outside ASCII in other letters', { person: 'änne' }, ['ä-60']],
      ['a subject', { person: 'p' }, ['p-30']],
      ['a device by name, with a quote in it', { device: 'bobs "box"' }, ['b-80']],
      ['a device by id', { device: 'd2' }, ['b-80']],
      ['half a character', { device: 'half \uD83D' }, ['10.0.0.1-50']],
      ['a version', { appVersion: '2.0.0' }, ['b-80']],
      ['an id', { session: 'a-70' }, ['a-70']],
      ['two things at once', { person: 'alice', api: 'orders' }, ['a-90']],
      ['what nobody has', { api: 'nosuch' }, []],
      ['a wildcard of SQL', { person: '%' }, []],
    ])('finds them by %s', async (_what, filter, ids) => {
      expect(await idsOf(filter)).toEqual(ids);
    });

    it.each([1, 2, 3, 4, 9])('goes through all by pages of %d, none twice and none left out', async (limit) => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<SearchableSessions['search']>> = await opened.sessions.search({
          ...all,
          filter: {},
          cursor,
          limit,
        });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.next;
      } while (cursor !== null);
      expect(seen).toEqual(stored.map(({ id }) => id));
    });

    it('leaves out what isn’t to be kept, and fills pages all the same', async () => {
      const keep = ({ username }: SessionRecord): boolean => username !== 'alice';
      expect(await idsOf({}, { keep, limit: 3 })).toEqual(['b-80', 'ä-60', '10.0.0.1-50']);
    });

    it.each<[string, string | undefined, readonly (readonly [string, string, number, number])[]]>([
      [
        'everybody, last seen first',
        undefined,
        [
          ['alice', 'a', 2, 90],
          ['Bob', 'b', 1, 80],
          ['Änne', 'ä', 1, 60],
          ['orders', '10.0.0.1', 1, 50],
          ['alice', 'a', 1, 40],
          ['100%_sure', 'p', 1, 30],
        ],
      ],
      [
        'part of a name in other letters',
        'LIC',
        [
          ['alice', 'a', 2, 90],
          ['alice', 'a', 1, 40],
        ],
      ],
      ['part of a name outside ASCII', 'äN', [['Änne', 'ä', 1, 60]]],
      ['a whole subject', '10.0.0.1', [['orders', '10.0.0.1', 1, 50]]],
      ['a wildcard that is meant as it stands', '%_s', [['100%_sure', 'p', 1, 30]]],
      ['a name of a device alone', 'laptop', []],
    ])('finds people by %s', async (_what, text, people) => {
      const found = await peopleOf(text);
      expect(text === undefined ? found.slice(0, 6) : found).toEqual(people);
    });

    it.each([1, 2, 3, 100])('goes through all people by pages of %d', async (limit) => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<SearchableSessions['people']>> = await opened.sessions.people({ cursor, limit });
        seen.push(...page.items.map((person) => `${person.subject} at ${person.issuer}`));
        cursor = page.next;
      } while (cursor !== null);
      expect(seen).toHaveLength(8);
      expect(new Set(seen).size).toBe(8);
      expect(seen[0]).toBe(`a at ${issuer}`);
    });

    it.each<[string, readonly SubjectAt[], readonly string[]]>([
      ['a subject at its issuer', [{ subject: 'a', issuer }], ['a-90', 'a-70']],
      ['a subject at any issuer', [{ subject: 'a', issuer: null }], ['a-90', 'a-70', 'other-a']],
      ['a subject in other letters, at its issuer', [{ subject: 'T1', issuer }], ['t1-20']],
      ['a subject outside ASCII in other letters', [{ subject: 'Ä', issuer: null }], ['ä-60']],
      [
        'several subjects, last used first',
        [
          { subject: 'p', issuer },
          { subject: 'A', issuer: 'https://other.example' },
          { subject: '10.0.0.1', issuer: null },
        ],
        ['10.0.0.1-50', 'other-a', 'p-30'],
      ],
      ['a user name that is nobody’s subject', [{ subject: 'alice', issuer: null }], []],
      ['a subject at another issuer', [{ subject: 'b', issuer: 'https://other.example' }], []],
      ['a wildcard of SQL', [{ subject: '%', issuer: null }], []],
      ['none', [], []],
    ])('has all sessions of who has %s', async (_what, subjects, ids) => {
      expect((await opened.sessions.ofSubjects(subjects)).map(({ id }) => id)).toEqual(ids);
    });

    it.each(['nonsense', Buffer.from('[1]').toString('base64url'), Buffer.from('["x","y"]').toString('base64url')])(
      'refuses the cursor %s',
      async (cursor) => {
        // Some throw, some reject.
        const search = async (): Promise<unknown> => opened.sessions.search({ ...all, filter: {}, cursor });
        await expect(search()).rejects.toMatchObject({ code: 'bad-input' });
        const people = async (): Promise<unknown> => opened.sessions.people({ cursor, limit: 1 });
        await expect(people()).rejects.toMatchObject({ code: 'bad-input' });
      },
    );
  });
}
