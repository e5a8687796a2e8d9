import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addLock } from '../../../relay/administration/locks.ts';
import { findingLockId } from '../../../relay/administration/spared-locks.ts';
import { locksCommand, type LocksCommandOptions } from '../../../relay/commands/locks.ts';
import { findRelay } from '../../../relay/commands/running-relay.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { openStores } from '../../../relay/stored/open-stores.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import {
  type BalancedRelay,
  type BalancedRelays,
  startRelaysBehindBalancer,
  trustsThisMachine,
} from '../../three-relays/relays-behind-balancer.ts';
import { askSocket } from '../admin/ask-socket.ts';
import { sessionOf } from '../sessions/session-store-contract.ts';

const patient = { timeout: 20_000, interval: 100 };
const [proxy, office] = ['198.51.100.7', '192.0.2.0/28'];
const found = findingLockId('f1');

describe.runIf(postgresPrograms !== null && process.platform !== 'win32')(
  'two relays that share locks, one of which spares some addresses',
  { timeout: 60_000 },
  () => {
    let world: BalancedRelays;
    let ids: readonly [typed: string, found: string, person: string];
    const [spared, both] = [
      { relay: 'r-2', addresses: [proxy] },
      { relay: 'r-2', addresses: [office] },
    ];

    beforeAll(async () => {
      world = await startRelaysBehindBalancer({
        count: 2,
        redis: false,
        configure(given, index) {
          const { relay, ...config } = trustsThisMachine(given);
          const id = { ...relay, id: `r-${index}` };
          if (index === 1) return { ...config, relay: id };
          return {
            ...config,
            relay: { ...id, trusted_proxies: { addresses: ['127.0.0.1', proxy], address_from: 'x-forwarded-for' } },
            anomalies: { refused_sign_ins: { never_lock: [office, '203.0.113.0/24'] } },
          };
        },
      });
      const { storage } = await world.config();
      if (storage === undefined) throw new Error('There is no storage.');
      const place = { dataDir: at(0).dataDir, storage };
      const target = (network: string) => ({ type: 'address', network }) as const;
      const by = { author: 'dana', reason: 'Guesses passwords', untilMs: null };
      const typed = await addLock(place, target('198.51.100.0/24'), by, Date.now());
      await addLock(place, target('192.0.2.7'), { ...by, id: found }, Date.now());
      const person = await addLock(place, { type: 'person', who: 'mallory', issuer: null }, by, Date.now());
      ids = [typed.lock.id, found, person.lock.id];
      const stores = await openStores(place.storage);
      await stores.sessions.put([
        sessionOf('s1', { subject: 'mallory', username: 'mallory.jones', lastUsedAtMs: Date.now() }),
      ]);
      await stores.close();
    }, 120_000);
    afterAll(() => world?.close());

    function at(index: number): BalancedRelay {
      const relay = world.relays[index];
      if (relay === undefined) throw new Error('There is no such relay.');
      return relay;
    }
    const statusOf = async (index: number, from: string): Promise<number> =>
      (await world.ask(at(index).port, 'guessed', '/v1/catalog', 'GET', undefined, from)).status;
    const socket = (index: number, path: string) => askSocket(join(at(index).dataDir, 'admin.sock'), path);
    const listed = async (index: number, json: boolean, isRunning: boolean): Promise<string> => {
      const { configPath, dataDir } = at(index);
      const { config, storage } = await loadConfig(configPath);
      const relay = isRunning ? await findRelay(dataDir) : null;
      const of = relay === null ? { config, storage, redis: undefined } : { relay };
      let output = '';
      const write = (text: string): void => void (output += text);
      const asked: Pick<LocksCommandOptions, 'action'> = { action: { type: 'list', all: false } };
      expect(await locksCommand({ ...of, ...asked, json, write })).toBe(0);
      return output;
    };

    it.each([
      ['an address of the proxy', proxy, 403, 401],
      ['one beside it', '198.51.100.8', 403, 403],
      ['an office, by a finding', '192.0.2.7', 403, 401],
      ['nobody that is locked', '198.18.0.1', 401, 401],
    ])('shut out %s as each’s config says', async (_what, from, first, second) => {
      await vi.waitFor(
        async () => expect([await statusOf(0, from), await statusOf(1, from)]).toEqual([first, second]),
        {
          ...patient,
        },
      );
    });

    it.each([0, 1])('tell at either of them, by the admin API, which one spares what (%i)', async (index) => {
      await vi.waitFor(async () => {
        const { locks } = JSON.parse((await socket(index, '/admin/v1/locks')).body) as {
          locks: readonly { id: string; sparedAt: readonly object[] }[];
        };
        expect(locks.map(({ id, sparedAt }) => [id, sparedAt])).toEqual([
          [ids[0], [spared]],
          [ids[1], [both]],
          [ids[2], []],
        ]);
      }, patient);
      expect(JSON.parse((await socket(index, `/admin/v1/locks/${ids[0]}`)).body)).toMatchObject({
        lock: { id: ids[0] },
        sparedAt: [spared],
      });
    });

    it.each([
      ['asked of the relay that runs', true],
      ['read from the storage', false],
    ])('tell it in “locks list”, %s', async (_how, isRunning) => {
      await vi.waitFor(
        async () => expect(await listed(0, false, isRunning)).toContain('the relay r-2 lets in'),
        patient,
      );
      const lines = (await listed(0, false, isRunning)).trimEnd().split('\n');
      expect(lines.map((line) => /; the relay .*$/.exec(line)?.[0])).toEqual([
        '; the relay r-2 lets in 198.51.100.7, by its own config',
        '; the relay r-2 lets in 192.0.2.0/28, by its own config',
        undefined,
      ]);
      expect(lines[2]).toContain('  the person mallory (mallory.jones), until');
      const objects = (await listed(0, true, isRunning)).trimEnd().split('\n');
      expect(objects.map((line) => JSON.parse(line) as { username: unknown; sparedAt: unknown })).toMatchObject([
        { username: null, sparedAt: [spared] },
        { username: null, sparedAt: [both] },
        { username: 'mallory.jones', sparedAt: [] },
      ]);
    });

    it('count what each itself spares in a metric', async () => {
      const spares = async (index: number): Promise<string | undefined> =>
        /^causeway_locks_spared (\d+)$/m.exec((await socket(index, '/metrics')).body)?.[1];
      await vi.waitFor(async () => expect([await spares(0), await spares(1)]).toEqual(['0', '2']), patient);
    });
  },
);
