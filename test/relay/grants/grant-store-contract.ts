import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import type { AccessRequest } from '../../../relay/grants/grant.ts';
import type { GrantStore } from '../../../relay/grants/grant-store.ts';

/** A store with nothing in it, opened twice as two processes would. */
export interface OpenedGrantStores {
  readonly store: GrantStore;
  readonly other: GrantStore;
  /** What waits for the audit, oldest first. */
  waiting(): Promise<readonly AuditRecord[]>;
  /** Puts what waits into the audit, where a request stays until that is done. */
  record?(): Promise<void>;
  close(): Promise<void> | void;
}

const hour = 3_600_000;
const alice = { issuer: 'https://idp.example', subject: 'a', username: 'alice' };
const namesake = { ...alice, issuer: 'https://other.example' };

/** What every store of access requests promises. */
export function describeGrantStore(name: string, isHere: boolean, open: () => Promise<OpenedGrantStores>): void {
  describe.runIf(isHere)(`access requests in ${name}`, () => {
    let opened: OpenedGrantStores;
    let store: GrantStore;
    let other: GrantStore;
    let clock = 1_000_000_000_000;
    beforeAll(async () => {
      opened = await open();
      ({ store, other } = opened);
    });
    afterAll(() => opened?.close());

    const ask = async (given: Partial<Parameters<GrantStore['request']>[0]> = {}): Promise<AccessRequest> => {
      clock += 1;
      const asked = { requester: alice, api: 'orders', role: 'refunders', reason: 'Ticket 4711', hours: 2 };
      return store.request({ ...asked, ...given }, clock);
    };
    /** Refusals may be thrown at once or come as rejections. */
    const attempt = async (work: () => unknown): Promise<unknown> => work();

    it.each(['approved', 'refused'] as const)('refuse to have one that isn’t there %s', async (status) => {
      await expect(attempt(() => store.decide('nope', status, 'bob', '', clock))).rejects.toMatchObject({
        code: 'bad-input',
        message: 'There is no access request “nope”.',
      });
    });

    it('refuse a second decision, and an end of what isn’t granted', async () => {
      const { id } = await ask();
      await expect(attempt(() => store.revoke(id, 'bob', '', clock))).rejects.toMatchObject({ code: 'bad-input' });
      await other.decide(id, 'refused', 'bob', 'no', clock);
      for (const work of [
        () => store.decide(id, 'approved', 'bob', '', clock),
        () => store.decide(id, 'refused', 'bob', '', clock),
        () => store.revoke(id, 'bob', '', clock),
      ])
        await expect(attempt(work)).rejects.toMatchObject({ code: 'bad-input' });
      expect(await store.find(id)).toMatchObject({ status: 'refused', decidedBy: 'bob', expiresAtMs: null });
    });

    it('are approved for less than was asked, and not for more', async () => {
      const { id } = await ask();
      await expect(attempt(() => store.decide(id, 'approved', 'bob', '', clock, 2.1))).rejects.toMatchObject({
        code: 'bad-input',
      });
      const given = { status: 'approved', hours: 0.5, expiresAtMs: clock + hour / 2 };
      expect(await store.decide(id, 'approved', 'bob', '', clock, 0.5)).toMatchObject(given);
      expect(await other.find(id)).toMatchObject(given);
      expect((await opened.waiting()).at(-1)).toMatchObject({ grant: id, event: 'approved', hours: 0.5 });
    });

    it('are given without having been asked for, with one event', async () => {
      clock += 1;
      const asked = { requester: alice, api: null, role: 'refunders', reason: 'Incident', hours: 2 };
      const given = await store.give(asked, 'dana', clock);
      expect(await other.find(given.id)).toEqual(given);
      expect(given).toMatchObject({ status: 'approved', decidedBy: 'dana', expiresAtMs: clock + 2 * hour });
      const events = (await opened.waiting()).filter((record) => record.type === 'access' && record.grant === given.id);
      expect(events).toMatchObject([
        { event: 'approved', by: 'dana', note: 'Incident', requester: alice, expiresAtMs: clock + 2 * hour },
      ]);
      await other.revoke(given.id, 'dana', 'Over', clock + 1);
    });

    it('are decided once, whoever is first', async () => {
      const { id } = await ask();
      const settled = await Promise.allSettled(
        [store, other, store, other].map((each) => attempt(() => each.decide(id, 'approved', 'bob', 'fine', clock))),
      );
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it.each([
      ['plain', {}],
      ['at all APIs', { api: null }],
      ['for a part of an hour', { hours: 0.25 }],
      ['with what the person could do', { had: ['Read everything under /v1', 'zero \u0000'] }],
      ['with characters that some stores can’t hold', { reason: 'zero \u0000, “quotes”, \\u0000' }],
      ['of a subject with such characters', { requester: { ...alice, subject: 'a\u0000b', username: 'a\u0000' } }],
    ] as const)('come back as they were asked for: %s', async (_words, given) => {
      const made = await ask(given);
      expect(made).toMatchObject({ requester: alice, status: 'pending', requestedAtMs: clock, ...given });
      expect(await other.find(made.id)).toEqual(made);
      const { requester } = made;
      expect(await other.list({ requester, status: 'pending' })).toContainEqual(made);
    });

    it('are taken back by who asked while they wait, and not once they are decided', async () => {
      const { id } = await ask();
      await expect(attempt(() => store.cancel('nope', clock))).rejects.toMatchObject({ code: 'bad-input' });
      expect(await store.cancel(id, clock + 1)).toMatchObject({ status: 'cancelled', decidedBy: null });
      expect(await other.find(id)).toMatchObject({ status: 'cancelled', expiresAtMs: null });
      await expect(attempt(() => other.decide(id, 'approved', 'bob', '', clock))).rejects.toMatchObject({
        code: 'bad-input',
      });
      expect((await opened.waiting()).at(-1)).toMatchObject({ grant: id, event: 'cancelled', by: 'alice' });
      const decided = await ask();
      await store.decide(decided.id, 'refused', 'bob', 'Not this week', clock);
      await expect(attempt(() => other.cancel(decided.id, clock))).rejects.toMatchObject({ code: 'bad-input' });
      expect(await other.find(decided.id)).toMatchObject({ status: 'refused', note: 'Not this week' });
    });

    it('are granted until their hours are over or somebody ends them', async () => {
      const [short, long] = [await ask({ hours: 1 }), await ask({ hours: 8 })];
      const grantedAtMs = clock;
      for (const { id } of [short, long]) await store.decide(id, 'approved', 'bob', 'fine', grantedAtMs);
      expect(await other.find(short.id)).toMatchObject({
        status: 'approved',
        decidedBy: 'bob',
        decidedAtMs: grantedAtMs,
        expiresAtMs: grantedAtMs + hour,
      });
      await store.expire(grantedAtMs + hour - 1);
      expect(await other.find(short.id)).toMatchObject({ status: 'approved' });
      clock = grantedAtMs + 3 * hour;
      expect(await store.expire(clock)).toBeGreaterThan(0);
      expect(await other.expire(clock)).toBe(0);
      expect(await other.find(short.id)).toMatchObject({ status: 'expired', expiresAtMs: grantedAtMs + hour });
      expect(await other.revoke(long.id, 'dana', 'done', clock)).toMatchObject({ status: 'revoked' });
      expect(await store.find(long.id)).toMatchObject({ status: 'revoked', expiresAtMs: clock, decidedBy: 'bob' });
    });

    it('are listed newest first, by state and by person', async () => {
      const [one, two] = [await ask(), await ask({ requester: namesake })];
      const listed = (await other.list()).map(({ id }) => id);
      expect(listed.slice(0, 2)).toEqual([two.id, one.id]);
      const ofNamesake = await other.list({ requester: namesake });
      expect(ofNamesake.map(({ id }) => id)).toEqual([two.id]);
      await store.decide(two.id, 'approved', 'bob', '', clock);
      expect(await other.list({ status: 'pending', requester: namesake })).toEqual([]);
      expect((await other.list({ status: 'approved' })).map(({ id }) => id)).toContain(two.id);
    });

    it('are deleted 90 days after the last that became of them, and stay as long as something may', async () => {
      const days = 24 * hour;
      const [refused, ended, waiting, running] = [
        await ask(),
        await ask({ hours: 8 }),
        await ask(),
        await ask({ hours: 200 * 24 }),
      ];
      const askedAtMs = clock;
      await store.decide(refused.id, 'refused', 'bob', 'no', askedAtMs + days);
      for (const { id } of [ended, running]) await store.decide(id, 'approved', 'bob', '', askedAtMs);
      await store.revoke(ended.id, 'bob', '', askedAtMs + hour);
      await opened.record?.();
      const left = async (): Promise<readonly string[]> => {
        const ids = (await other.list()).map(({ id }) => id);
        return [refused, ended, waiting, running].map(({ id }) => id).filter((id) => ids.includes(id));
      };
      await store.expire(askedAtMs + 90 * days + hour / 2);
      expect(await left()).toEqual([refused, ended, waiting, running].map(({ id }) => id));
      await store.expire(askedAtMs + 90 * days + 2 * hour);
      expect(await left()).toEqual([refused, waiting, running].map(({ id }) => id));
      await store.expire(askedAtMs + 91 * days + 4 * hour);
      expect(await left()).toEqual([waiting, running].map(({ id }) => id));
      clock = askedAtMs + 91 * days + 4 * hour;
    });

    it('leave one record for each thing that happened, and none for what was refused', async () => {
      const before = (await opened.waiting()).length;
      const { id } = await ask({ reason: 'For the audit' });
      await store.decide(id, 'approved', 'bob', 'fine', clock + 1);
      await expect(attempt(() => other.decide(id, 'refused', 'eve', '', clock + 2))).rejects.toThrow();
      await other.revoke(id, 'dana', 'done', clock + 3);
      const told = { type: 'access', grant: id, requester: alice, api: 'orders', role: 'refunders', hours: 2 };
      expect((await opened.waiting()).slice(before)).toEqual([
        { ...told, event: 'requested', timeMs: clock, by: 'alice', note: 'For the audit', expiresAtMs: null },
        { ...told, event: 'approved', timeMs: clock + 1, by: 'bob', note: 'fine', expiresAtMs: clock + 1 + 2 * hour },
        { ...told, event: 'revoked', timeMs: clock + 3, by: 'dana', note: 'done', expiresAtMs: clock + 3 },
      ]);
    });
  });
}
