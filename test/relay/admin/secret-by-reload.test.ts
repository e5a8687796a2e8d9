import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { connectRedis } from '../../../relay/shared-state/redis-connection.ts';
import { sharedSeal } from '../../../relay/shared-state/shared-secret.ts';
import { closedOrder } from '../../../relay/vitals/relay-orders.ts';
import type { RelayState } from '../../../relay/vitals/relay-state.ts';
import { openRelaysSeen, type RelaysSeen } from '../../../relay/vitals/relays-seen.ts';
import { openRelaysSeenInRedis } from '../../../relay/vitals/relays-seen-in-redis.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import { startStorage } from '../../support/start-storage.ts';
import { startTunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { askSocket } from './ask-socket.ts';

const patient = { timeout: 60_000, interval: 200 };
const secret = 'a'.repeat(48);
const seal = sharedSeal(() => ({ secret }), 'relay orders');

interface Place {
  readonly config: object;
  readonly withSecret: object;
  readonly seen: RelaysSeen;
}

async function inRedis(): Promise<Place> {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const settings = { url: server.url, prefix: 'causeway', timeoutMs: 20_000 };
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  onTestFinished(() => redis.close());
  await redis.untilReady();
  const shared = { store: 'redis', url: server.url };
  return {
    config: { shared_state: shared },
    withSecret: { shared_state: { ...shared, secret } },
    seen: openRelaysSeenInRedis(redis),
  };
}

async function inPostgres(): Promise<Place> {
  const storage = await startStorage();
  onTestFinished(() => storage.stop());
  const place = { storage: storage.url };
  return {
    config: place,
    withSecret: { ...place, shared_state: { secret } },
    seen: openRelaysSeen(storage.connect()),
  };
}

describe.each([
  ['Redis alone', inRedis, redisProgram],
  ['a storage', inPostgres, postgresPrograms],
] as const)('relays that share %s', (what, open, program) => {
  it.runIf(program !== null && process.platform !== 'win32')(
    'seal their orders from the reload on that brings the secret, and others count no more',
    async () => {
      const place = await open();
      const configure = (more: object) => (config: object) =>
        ({ ...config, relay: { ...(config as { relay: object }).relay, id: 'r-one' }, ...more }) as never;
      const world = await startTunnelWorld({ configure: configure(place.config) });
      onTestFinished(() => world.close());
      const own = async (): Promise<RelayState> => {
        const state = (await place.seen.list()).find(({ id }) => id === 'r-one');
        if (state === undefined) throw new Error('The relay has said nothing yet.');
        return state;
      };
      const takesBefore = what === 'a storage';
      await vi.waitFor(
        async () => expect(await own()).toMatchObject({ takesTimedOrders: takesBefore, sealsOrders: false }),
        patient,
      );
      const before = await own();
      const two = { ...before, id: 'r-two', takesTimedOrders: true, sealsOrders: true };
      const drainTwo = async () => {
        await place.seen.say({ ...two, atMs: Date.now() });
        const path = '/admin/v1/relays/r-two/drain';
        return askSocket(join(world.dataDir, 'admin.sock'), path, { method: 'POST', body: { reason: 'Why' } });
      };
      expect((await drainTwo()).status).toBe(409);

      world.configure(configure(place.withSecret));
      await vi.waitFor(
        async () => expect(await own()).toMatchObject({ takesTimedOrders: true, sealsOrders: true }),
        patient,
      );
      expect((await drainTwo()).status).toBe(200);
      expect((await own()).startedAtMs).toBe(before.startedAtMs);
      const order = {
        atMs: Date.now(),
        relay: 'r-one',
        startedAtMs: before.startedAtMs,
        worker: null,
        act: 'drain',
        by: 'dana',
        at: 'r-two',
        reason: 'In the clear',
      } as const;
      const inTheClear = closedOrder(order, undefined);
      await place.seen.order(inTheClear.place, inTheClear.text);
      await vi.waitFor(
        () => expect(world.relay.log.some(({ msg }) => msg?.includes('doesn’t count') === true)).toBe(true),
        patient,
      );
      const sealed = closedOrder({ ...order, atMs: Date.now(), reason: 'Sealed' }, seal);
      await place.seen.order(sealed.place, sealed.text);
      await vi.waitFor(async () => expect((await own()).draining).toBe(true), patient);
      const drained = queryAudit(world.dataDir, { type: 'relay', limit: 100 }).flatMap(({ record }) =>
        record.type === 'relay' && record.event === 'draining' ? [record.detail] : [],
      );
      expect(drained).toEqual([expect.stringContaining('Sealed')]);
    },
    180_000,
  );
});
