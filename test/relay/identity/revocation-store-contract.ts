import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdministratorRecord } from '../../../relay/acts/act-table.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { type RevocationMark, revocationLifetimeMs } from '../../../relay/identity/revocations.ts';
import type { RevocationStore } from '../../../relay/identity/revocation-store.ts';

/** A store with nothing in it, opened twice as two processes would. */
export interface OpenedRevocationStores {
  readonly store: RevocationStore;
  readonly other: RevocationStore;
  /** What waits for the audit, oldest first. */
  waiting(): Promise<readonly AuditRecord[]>;
  close(): Promise<void> | void;
}

const nowMs = 1_000_000_000_000;

/** What every store of revocations promises. */
export function describeRevocationStore(
  name: string,
  isHere: boolean,
  open: () => Promise<OpenedRevocationStores>,
): void {
  describe.runIf(isHere)(`revocations in ${name}`, () => {
    let opened: OpenedRevocationStores;
    let store: RevocationStore;
    let other: RevocationStore;
    beforeAll(async () => {
      opened = await open();
      ({ store, other } = opened);
    });
    afterAll(() => opened?.close());

    const mark = (named: string, given: Partial<RevocationMark> = {}): RevocationMark => ({
      name: JSON.stringify(['subject', 'https://idp.example', named]),
      atMs: nowMs,
      by: 'provider',
      ...given,
    });
    const find = async (name: string, atMs = nowMs): Promise<readonly RevocationMark[]> =>
      (await other.read(atMs)).filter((each) => each.name === name);

    it.each([
      ['an administrator', mark('by an administrator', { by: 'administrator' })],
      ['a provider', mark('by a provider')],
      ['a person', mark('by a person', { by: 'person' })],
      ['a name with characters that some stores can’t hold', mark('zero \u0000, half \uD83D, \\u0000')],
    ])('come back as they were written: %s', async (_words, written) => {
      await store.write([written]);
      expect(await find(written.name)).toEqual([written]);
    });

    it('are as late as the latest, in whatever order they come', async () => {
      const [early, late] = [mark('twice'), mark('twice', { atMs: nowMs + 5, by: 'administrator' })];
      await Promise.all([store.write([late]), other.write([early])]);
      await store.write([early]);
      expect(await find(early.name)).toEqual([late]);
    });

    it('count for a day', async () => {
      const written = mark('for a day');
      await store.write([written]);
      expect(await find(written.name, nowMs + revocationLifetimeMs - 1)).toEqual([written]);
      expect(await find(written.name, nowMs + revocationLifetimeMs)).toEqual([]);
    });

    it('lose none of many that are written at once', async () => {
      const names = Array.from({ length: 40 }, (_, index) => `many ${index}`);
      await Promise.all(
        names.map((named, index) => Promise.resolve((index % 2 === 0 ? store : other).write([mark(named)]))),
      );
      const there = new Set((await other.read(nowMs)).map((each) => each.name));
      expect(names.filter((named) => !there.has(mark(named).name))).toEqual([]);
    });

    it('are durable together with the record of the act that they are of', async () => {
      const act: AdministratorRecord = {
        type: 'administrator',
        timeMs: nowMs,
        id: 'act-1',
        act: 'sign-ins-revoked',
        operator: { user: 'causeway', sudoUser: null },
        reason: 'Lost laptop \u0000',
        person: { issuer: 'https://idp.example', subject: 'a', username: 'alice' },
      };
      await store.write([mark('with an act')], act);
      expect(await opened.waiting()).toEqual([act]);
      // The same act again must not count, and must not leave its marks.
      const again = mark('with the same act');
      await expect((async () => other.write([again], act))()).rejects.toThrow();
      expect([await find(again.name), await opened.waiting()]).toEqual([[], [act]]);
    });
  });
}
