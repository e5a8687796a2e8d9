import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openPostgresLockStore } from '../../../relay/sessions/postgres-locks.ts';
import { newLock } from '../../../relay/sessions/lock.ts';
import { countChange } from '../../../relay/storage/changes.ts';
import { connectPostgres } from '../../../relay/storage/postgres/connect-postgres.ts';
import { storedDomains } from '../../../relay/stored/stored-domains.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage } from '../../support/start-storage.ts';

test.runIf(postgresPrograms !== null)(
  'a relay that freezes in the middle of a change holds others up only until PostgreSQL ends what it began',
  { timeout: 60_000 },
  async () => {
    const storage = await startStorage();
    const options = { migrations: storedDomains, statementMs: 300 };
    const [frozen, other] = [1, 2].map(() => connectPostgres(storage.settings, pino({ enabled: false }), options));
    try {
      if (frozen === undefined || other === undefined) throw new Error('There are two connections.');
      await frozen.untilReady();
      const store = openPostgresLockStore(other);
      const lock = newLock({ type: 'everything' }, { reason: 'x', author: 'x', untilMs: null }, Date.now());
      const begun = Promise.withResolvers<void>();
      const thawed = Promise.withResolvers<void>();
      const held = frozen.transaction(async (transaction) => {
        await countChange(transaction, 'locks');
        begun.resolve();
        await thawed.promise;
      });
      await begun.promise;
      await expect(store.add([lock], 'lock-added')).rejects.toMatchObject({ code: 'shared-state-unavailable' });
      // Nobody does anything about the frozen one.
      const outcome = (): Promise<string> =>
        store.add([lock], 'lock-added').then(
          () => 'added',
          () => 'waits',
        );
      await expect.poll(outcome).toBe('added');
      thawed.resolve();
      await expect(held).rejects.toMatchObject({ code: 'shared-state-unavailable' });
      expect(await store.list()).toEqual([lock]);
    } finally {
      await frozen?.close();
      await other?.close();
      await storage.stop();
    }
  },
);
