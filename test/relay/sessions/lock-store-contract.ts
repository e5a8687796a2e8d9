import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { type Lock, type LockTarget, newLock } from '../../../relay/sessions/lock.ts';
import type { LockStore } from '../../../relay/sessions/lock-store.ts';

/** A store with nothing in it, opened twice as two processes would. */
export interface OpenedLockStores {
  readonly store: LockStore;
  readonly other: LockStore;
  /** What waits for the audit, oldest first. */
  waiting(): Promise<readonly AuditRecord[]>;
  close(): Promise<void> | void;
}

const day = 86_400_000;
const nowMs = 1_000_000_000_000;
const targets: readonly LockTarget[] = [
  { type: 'person', who: 'alice', issuer: null },
  { type: 'person', who: 'zero \u0000, half \uD83D', issuer: 'https://idp.example' },
  { type: 'session', session: 's1' },
  { type: 'device', device: 'Alices-Laptop' },
  { type: 'group', group: 'contractors' },
  { type: 'api', api: 'orders' },
  { type: 'address', network: '2001:db8:0:1::/64' },
  { type: 'everything' },
  { type: 'sign-in', session: 's2', endedBy: 'person' },
];

/** What every store of locks promises. */
export function describeLockStore(name: string, isHere: boolean, open: () => Promise<OpenedLockStores>): void {
  describe.runIf(isHere)(`locks in ${name}`, () => {
    let opened: OpenedLockStores;
    let store: LockStore;
    let other: LockStore;
    beforeAll(async () => {
      opened = await open();
      ({ store, other } = opened);
    });
    afterAll(() => opened?.close());

    const lock = (target: LockTarget, untilMs: number | null = null, madeAtMs = nowMs): Lock =>
      newLock(target, { reason: 'An incident \u0000 \ud800 \\u0000', author: 'dana', untilMs }, madeAtMs);
    const find = async (id: string): Promise<Lock | undefined> => (await other.list()).find((each) => each.id === id);
    const attempt = async (work: () => unknown): Promise<unknown> => work();

    it.each(targets)('come back as they were added, on %j', async (target) => {
      const added = lock(target, nowMs + day);
      await store.add([added], target.type === 'sign-in' ? 'session-ended' : 'lock-added');
      expect(await find(added.id)).toEqual(added);
    });

    it('are taken away only while they are in force, and not when they are ends of sign-ins', async () => {
      const refused = [
        lock({ type: 'everything' }, nowMs + 1),
        lock({ type: 'sign-in', session: 's', endedBy: 'administrator' }),
      ];
      await store.add(refused, 'lock-added');
      for (const id of ['nope', ...refused.map((each) => each.id)])
        await expect(attempt(() => other.remove(id, 'dana', 'Cleared', nowMs + 2))).rejects.toMatchObject({
          code: 'bad-input',
        });
      const added = lock({ type: 'everything' });
      await store.add([added], 'lock-added');
      const removed = { ...added, removed: { by: 'bob', reason: 'Cleared', atMs: nowMs + 3 } };
      expect(await other.remove(added.id, 'bob', 'Cleared', nowMs + 3)).toEqual(removed);
      expect(await find(added.id)).toEqual(removed);
      await expect(attempt(() => store.remove(added.id, 'dana', 'Again', nowMs + 4))).rejects.toMatchObject({
        code: 'bad-input',
      });
    });

    it('are taken away once, whoever is first', async () => {
      const added = lock({ type: 'everything' });
      await store.add([added], 'lock-added');
      const settled = await Promise.allSettled(
        [store, other, store, other].map((each) => attempt(() => each.remove(added.id, 'dana', 'Cleared', nowMs))),
      );
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('are listed oldest first, and forgotten 30 days after they are over', async () => {
      const over = lock({ type: 'api', api: 'over' }, nowMs - 30 * day, nowMs - 99 * day);
      const recent = lock({ type: 'api', api: 'recent' }, nowMs - 29 * day, nowMs - 98 * day);
      const endless = lock({ type: 'api', api: 'endless' }, null, nowMs - 97 * day);
      const removed = lock({ type: 'api', api: 'removed' }, null, nowMs - 96 * day);
      await store.add([endless, recent, over, removed], 'lock-added');
      await store.remove(removed.id, 'dana', 'Cleared', nowMs - 31 * day);
      const old = [over, recent, endless, removed].map(({ id }) => id);
      const listed = async (): Promise<readonly string[]> =>
        (await other.list()).map(({ id }) => id).filter((id) => old.includes(id));
      expect(await listed()).toEqual(old);
      await other.forget(nowMs);
      expect(await listed()).toEqual([recent.id, endless.id]);
    });

    it('leave one record for each act, and none for what was refused', async () => {
      const before = (await opened.waiting()).length;
      const [person, end] = [
        lock({ type: 'person', who: 'alice', issuer: null }, nowMs + day),
        lock({ type: 'sign-in', session: 's3', endedBy: 'administrator' }),
      ];
      await store.add([person], 'lock-added');
      await other.add([end], 'session-ended');
      await store.remove(person.id, 'bob', 'Cleared', nowMs + 1);
      await expect(attempt(() => other.remove(person.id, 'eve', 'Again', nowMs + 2))).rejects.toThrow();
      const { reason } = person;
      const onPerson = { type: 'lock', lock: person.id, target: 'the person alice', untilMs: nowMs + day };
      expect((await opened.waiting()).slice(before)).toEqual([
        { ...onPerson, event: 'lock-added', timeMs: nowMs, operator: 'dana', reason },
        {
          type: 'lock',
          event: 'session-ended',
          lock: end.id,
          target: 'the session s3',
          untilMs: null,
          timeMs: nowMs,
          operator: 'dana',
          reason,
        },
        { ...onPerson, event: 'lock-removed', timeMs: nowMs + 1, operator: 'bob', reason: 'Cleared' },
      ]);
    });
  });
}
