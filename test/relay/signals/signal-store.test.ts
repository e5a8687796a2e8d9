import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresSignals } from '../../../relay/signals/postgres-signals.ts';
import { openSignalStore, type SignalStore } from '../../../relay/signals/signal-store.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage } from '../../support/start-storage.ts';

const nowMs = 1_800_000_000_000;

interface Opened {
  readonly stores: readonly [SignalStore, SignalStore];
  close(): Promise<void> | void;
}

const places: readonly (readonly [string, boolean, () => Promise<Opened>])[] = [
  [
    'the data folder',
    true,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'causeway-signal-store-'));
      const stores = [openSignalStore(folder), openSignalStore(folder)] as const;
      return Promise.resolve({
        stores,
        close() {
          for (const store of stores) store.close();
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
      const stores = [openPostgresSignals(storage.connect()), openPostgresSignals(storage.connect())] as const;
      return { stores, close: () => storage.stop() };
    },
  ],
];

for (const [name, isHere, open] of places) {
  describe.runIf(isHere)(`tokens of providers in ${name}`, () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    it('are for one to act on', async () => {
      const { stores } = opened;
      const claims = await Promise.all([...stores, ...stores].map(async (store) => store.claim('okta', 'a', nowMs)));
      expect(claims.toSorted()).toEqual(['new', 'under-way', 'under-way', 'under-way']);
      expect(await stores[0].claim('entra', 'a', nowMs)).toBe('new');
    });

    it('are for the next when who took them says nothing for a minute', async () => {
      const [one, other] = opened.stores;
      await one.claim('okta', 'b', nowMs);
      expect(await other.claim('okta', 'b', nowMs + 59_000)).toBe('under-way');
      expect(await other.claim('okta', 'b', nowMs + 61_000)).toBe('new');
    });

    it('are for the next when they couldn’t be acted on', async () => {
      const [one, other] = opened.stores;
      await one.claim('okta', 'c', nowMs);
      await one.release('okta', 'c');
      expect(await other.claim('okta', 'c', nowMs)).toBe('new');
    });

    it('are done once, until they are forgotten', async () => {
      const [one, other] = opened.stores;
      await one.claim('okta', 'd', nowMs);
      await one.done('okta', 'd', nowMs, 1000);
      await one.release('okta', 'd');
      expect(await other.claim('okta', 'd', nowMs + 61_000)).toBe('done');
      await other.done('okta', 'e', nowMs + 62_000, 1000);
      expect(await other.claim('okta', 'd', nowMs + 62_000)).toBe('new');
    });

    it('are counted by all who take them', async () => {
      const { stores } = opened;
      const note = { type: 'counted', what: 'acted' } as const;
      await Promise.all(Array.from({ length: 10 }, async (_, index) => stores[index % 2]?.note('okta', note, nowMs)));
      await stores[0].note('okta', { type: 'failed', reason: 'wrong\0audience' }, nowMs);
      await stores[1].note('okta', { type: 'stream', status: 'paused' }, nowMs);
      expect(await stores[1].states()).toMatchObject([
        { name: 'okta', acted: 10, accepted: 0, stream: 'paused', errorAtMs: nowMs },
      ]);
      await stores[1].note('okta', { type: 'answered' }, nowMs);
      expect(await stores[0].states()).toMatchObject([{ error: null, answeredAtMs: nowMs }]);
    });
  });
}
