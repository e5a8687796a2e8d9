import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNoticeOutbox, type NoticeOutbox, takenAtOnce } from '../../../relay/notify/notice-outbox.ts';
import { openPostgresNotices } from '../../../relay/notify/postgres-notices.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage } from '../../support/start-storage.ts';
import { notice } from './notices.ts';

const nowMs = 1_800_000_000_000;

interface Opened {
  readonly outbox: NoticeOutbox;
  /** The same outbox for another relay, where there is one; for the relay itself after a restart. */
  other(owner: string): NoticeOutbox;
  close(): Promise<void> | void;
}

const places: readonly (readonly [string, boolean, () => Promise<Opened>])[] = [
  [
    'the data folder',
    true,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'causeway-notices-'));
      const opened = [openNoticeOutbox(folder)];
      return Promise.resolve({
        outbox: opened[0] as NoticeOutbox,
        other() {
          const again = openNoticeOutbox(folder);
          opened.push(again);
          return again;
        },
        close() {
          for (const each of opened) each.close();
          rmSync(folder, { recursive: true });
        },
      });
    },
  ],
  [
    'PostgreSQL',
    postgresPrograms !== null,
    async () => {
      const storage = await startStorage();
      return {
        outbox: openPostgresNotices(storage.connect(), 'one'),
        other: (owner) => openPostgresNotices(storage.connect(), owner),
        close: () => storage.stop(),
      };
    },
  ],
];

for (const [name, isHere, open] of places) {
  describe.runIf(isHere)(`messages in ${name}`, () => {
    let opened: Opened;
    let outbox: NoticeOutbox;
    beforeAll(async () => {
      opened = await open();
      ({ outbox } = opened);
    });
    afterAll(() => opened?.close());
    const take = async (from: NoticeOutbox, channel: string): Promise<readonly string[]> =>
      (await from.take(channel, nowMs)).map(({ id }) => id);

    it('are kept once, however often they are added, also when they are over', async () => {
      await outbox.add([notice('a', { channel: 'one' }), notice('b', { channel: 'one', dueAtMs: nowMs + 1 })]);
      await outbox.add([notice('a', { channel: 'one' })]);
      expect(await take(outbox, 'one')).toEqual(['a']);
      await outbox.done('a', nowMs);
      await outbox.add([notice('a', { channel: 'one' })]);
      expect(await take(outbox, 'one')).toEqual([]);
    });

    it('come again when their time has come, with what was tried', async () => {
      await outbox.add([notice('c', { channel: 'two' })]);
      expect(await take(outbox, 'two')).toEqual(['c']);
      await outbox.retry('c', nowMs + 1000, 'no answer');
      expect(await take(outbox, 'two')).toEqual([]);
      expect(await outbox.take('two', nowMs + 1000)).toMatchObject([{ id: 'c', attempts: 1, channel: 'two' }]);
      expect((await outbox.states(nowMs)).find(({ channel }) => channel === 'two')).toEqual({
        channel: 'two',
        waiting: 1,
        oldestDueAtMs: nowMs + 1000,
        givenUp: 0,
        error: 'no answer',
      });
    });

    it('that were given up keep only why', async () => {
      await outbox.add([notice('d', { channel: 'three' })]);
      expect(await take(outbox, 'three')).toEqual(['d']);
      await outbox.giveUp('d', nowMs, 'unknown');
      expect(await take(outbox, 'three')).toEqual([]);
      expect((await outbox.states(nowMs)).find(({ channel }) => channel === 'three')).toMatchObject({
        waiting: 0,
        givenUp: 1,
        error: 'unknown',
      });
    });

    it('are there again after a restart, oldest first', async () => {
      await outbox.add([
        notice('f', { channel: 'four', dueAtMs: nowMs - 1 }),
        notice('e', { channel: 'four', dueAtMs: nowMs - 2 }),
      ]);
      await take(outbox, 'four');
      expect(await take(opened.other('one'), 'four')).toEqual(['e', 'f']);
    });

    it.runIf(name === 'PostgreSQL')('are taken by one of several relays', async () => {
      const all = Array.from({ length: 40 }, (_, index) => notice(`shared-${index}`, { channel: 'six' }));
      await outbox.add(all);
      const relays = [outbox, opened.other('two'), opened.other('three'), opened.other('four')];
      const taken: string[] = [];
      for (let round = 0; round < 4; round += 1)
        taken.push(...(await Promise.all(relays.map((relay) => take(relay, 'six')))).flat());
      expect(taken.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    });

    it('don’t wait beyond a bound', async () => {
      const many = Array.from({ length: 10_100 }, (_, index) => notice(`many-${index}`, { channel: 'five' }));
      expect(await outbox.add(many)).toBeGreaterThan(0);
      expect(await take(outbox, 'five')).toHaveLength(takenAtOnce);
      const { waiting } = (await outbox.states(nowMs)).find(({ channel }) => channel === 'five') ?? { waiting: 0 };
      expect(waiting).toBeLessThanOrEqual(10_000);
      // An emergency has room of its own, and goes first.
      const urgent = Array.from({ length: 1100 }, (_, index) =>
        notice(`urgent-${index}`, { channel: 'five', event: 'break-glass', dueAtMs: nowMs - (index === 7 ? 1 : 0) }),
      );
      expect(await outbox.add(urgent.slice(0, 10))).toBe(0);
      expect(await outbox.add([notice('more', { channel: 'five' })])).toBe(1);
      const [first, ...others] = await take(outbox, 'five');
      expect(first).toBe('urgent-7');
      expect(others.every((id) => id.startsWith('urgent-'))).toBe(true);
      expect(await outbox.add(urgent.slice(10))).toBe(100);
    });
  });
}
