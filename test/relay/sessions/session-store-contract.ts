import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SessionRecord, sessionLifetimeMs } from '../../../relay/sessions/session-record.ts';
import type { SessionStore } from '../../../relay/sessions/session-store.ts';

/** A store with nothing in it, opened twice as two processes would. */
export interface OpenedSessionStores {
  readonly store: SessionStore;
  readonly other: SessionStore;
  close(): Promise<void> | void;
}

const startMs = 1_000_000;

/** A session of alice’s, as a relay would tell it. */
export function sessionOf(id: string, given: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    kind: 'person',
    issuer: 'https://idp.example',
    provider: 'Example Company',
    subject: 'a',
    username: 'alice',
    device: { id: 'd1', name: 'Alices-Laptop', system: 'linux', appVersion: '1.0.0' },
    acr: null,
    signedInAtMs: null,
    binding: 'key',
    tokenId: null,
    issuedAtMs: startMs,
    sinceMs: startMs,
    lastUsedAtMs: startMs,
    addresses: {},
    apis: {},
    tunnels: {},
    ...given,
  };
}

/** What every store of sessions promises. */
export function describeSessionStore(name: string, isHere: boolean, open: () => Promise<OpenedSessionStores>): void {
  describe.runIf(isHere)(`sessions in ${name}`, () => {
    let opened: OpenedSessionStores;
    let store: SessionStore;
    let other: SessionStore;
    beforeAll(async () => {
      opened = await open();
      ({ store, other } = opened);
    });
    afterAll(() => opened?.close());

    const find = async (id: string): Promise<SessionRecord | undefined> =>
      (await other.list()).find((session) => session.id === id);

    it('are none at first, and none is no change', async () => {
      expect(await store.list()).toEqual([]);
      await store.put([]);
      expect(await store.list({ issuer: 'https://idp.example', subject: 'nobody' })).toEqual([]);
    });

    it.each([
      ['plain', {}],
      ['with all that is known', { acr: 'mfa', signedInAtMs: startMs, tokenId: 't1', apis: { orders: startMs } }],
      [
        'with characters that some stores can’t hold',
        { username: 'al\u0000ice', device: { name: 'half \uD83D', system: 'zero \u0000', appVersion: '\\u0000' } },
      ],
    ] as const)('come back as they were told: %s', async (words, given) => {
      const told = sessionOf(`told ${words.length}`, given);
      await store.put([told]);
      expect(await find(told.id)).toEqual(told);
    });

    it('are of one person each, also where subjects look alike', async () => {
      const people = [
        { issuer: 'https://idp.example', subject: 'x' },
        { issuer: 'https://other.example', subject: 'x' },
        { issuer: 'https://idp.example', subject: 'x\u0000' },
        { issuer: 'https://idp.example', subject: 'X' },
      ];
      await store.put(people.map((person, index) => sessionOf(`of ${index}`, person)));
      for (const [index, person] of people.entries())
        expect((await other.list(person)).map(({ id }) => id)).toEqual([`of ${index}`]);
    });

    it('are what both processes know, together', async () => {
      const one = { addresses: { '10.0.0.1': 5 }, apis: { orders: 5 }, tunnels: { p: { count: 1, seenAtMs: 5 } } };
      const two = { addresses: { '10.0.0.2': 6 }, apis: { orders: 7 }, tunnels: { q: { count: 2, seenAtMs: 6 } } };
      await Promise.all([
        store.put([sessionOf('both', { ...one, sinceMs: 3, lastUsedAtMs: 5 })]),
        other.put([sessionOf('both', { ...two, sinceMs: 4, lastUsedAtMs: 7, issuedAtMs: startMs + 1 })]),
      ]);
      expect(await find('both')).toMatchObject({
        addresses: { '10.0.0.1': 5, '10.0.0.2': 6 },
        apis: { orders: 7 },
        tunnels: { p: { count: 1, seenAtMs: 5 }, q: { count: 2, seenAtMs: 6 } },
        sinceMs: 3,
        lastUsedAtMs: 7,
        issuedAtMs: startMs + 1,
      });
    });

    it('stay ended with all sign-ins of their person, whatever is told later', async () => {
      const revoked = { by: 'root', reason: 'Left', atMs: startMs + 5 };
      await store.put([sessionOf('left')]);
      await other.put([sessionOf('left', { revoked })]);
      await store.put([sessionOf('left', { lastUsedAtMs: startMs + 9 })]);
      expect(await find('left')).toMatchObject({ revoked, lastUsedAtMs: startMs + 9 });
    });

    it('keep the name that was chosen last, whatever the device is told to be called later', async () => {
      const chosen = (name: string, atMs: number) => ({ chosen: { name, atMs } });
      await store.put([sessionOf('named')]);
      await other.put([sessionOf('named', chosen('Büro', 5))]);
      await store.put([sessionOf('named', { lastUsedAtMs: startMs + 9, issuedAtMs: startMs + 9 })]);
      expect(await find('named')).toMatchObject({ ...chosen('Büro', 5), lastUsedAtMs: startMs + 9 });
      await store.put([sessionOf('named', { ...chosen('earlier', 4), issuedAtMs: startMs + 10 })]);
      expect(await find('named')).toMatchObject(chosen('Büro', 5));
      await other.put([sessionOf('named', chosen('', 6))]);
      expect(await find('named')).toMatchObject(chosen('', 6));
    });

    it('lose nothing when many processes tell the same ones in any order', async () => {
      const ids = ['m1', 'm2', 'm3', 'm4'];
      await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const told = ids.map((id) => sessionOf(id, { apis: { [`api-${index}`]: index + 1 } }));
          await (index % 2 === 0 ? store.put(told) : other.put(told.toReversed()));
        }),
      );
      for (const id of ids) expect(Object.keys((await find(id))?.apis ?? {})).toHaveLength(8);
    });

    it('are listed last used first, and forgotten when they weren’t used for long', async () => {
      const person = { subject: 'order' };
      const used = (id: string, lastUsedAtMs: number): SessionRecord => sessionOf(id, { ...person, lastUsedAtMs });
      await store.put([used('early', startMs + 1), used('late', startMs + 3), used('between', startMs + 2)]);
      const listed = async (): Promise<readonly string[]> =>
        (await other.list({ issuer: 'https://idp.example', ...person })).map(({ id }) => id);
      expect(await listed()).toEqual(['late', 'between', 'early']);
      await store.forget(startMs + 2 + sessionLifetimeMs);
      expect(await listed()).toEqual(['late']);
    });
  });
}
