import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ignoredOrderWords } from '../../../relay/administration/tell-relays.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { connectRedis } from '../../../relay/shared-state/redis-connection.ts';
import { openRelaysSeen, type RelaysSeen } from '../../../relay/vitals/relays-seen.ts';
import { openRelaysSeenInRedis } from '../../../relay/vitals/relays-seen-in-redis.ts';
import { sharedSeal } from '../../../relay/shared-state/shared-secret.ts';
import type { Seal } from '../../../relay/shared-state/seal.ts';
import type { RelayOrder } from '../../../relay/vitals/relay-order.ts';
import { closedOrder, oldestOrderMs, openedOrder, orderTimes } from '../../../relay/vitals/relay-orders.ts';
import type { RelayState } from '../../../relay/vitals/relay-state.ts';
import { runRelayCommand } from '../../support/run-relay-command.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import { startStorage } from '../../support/start-storage.ts';
import { openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { askSocket } from './ask-socket.ts';

const patient = { timeout: 60_000, interval: 200 };

const secret = 'a'.repeat(48);

interface Shared {
  readonly config: (config: object) => object;
  readonly seen: RelaysSeen;
  /** As these relays seal orders. */
  readonly seal: Seal | undefined;
  stop(): Promise<void>;
}

async function inRedis(): Promise<Shared> {
  const server = await startRedis();
  const settings = { url: server.url, prefix: 'causeway', timeoutMs: 20_000 };
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  await redis.untilReady();
  return {
    config: (config) => ({
      ...config,
      shared_state: { store: 'redis', url: server.url, secret },
    }),
    seen: openRelaysSeenInRedis(redis),
    seal: sharedSeal(() => ({ secret }), 'relay orders'),
    async stop() {
      redis.close();
      await server.stop();
    },
  };
}

async function inPostgres(): Promise<Shared> {
  const storage = await startStorage();
  return {
    config: (config) => ({ ...config, storage: storage.url }),
    seen: openRelaysSeen(storage.connect()),
    seal: undefined,
    stop: () => storage.stop(),
  };
}

const places = [
  ['Redis alone', inRedis, redisProgram],
  ['a storage', inPostgres, postgresPrograms],
] as const;

describe.each(places)('relays that share %s', (what, open, program) => {
  describe.runIf(program !== null && process.platform !== 'win32')('where there is one', () => {
    let shared: Shared;
    let world: TunnelWorld;
    beforeAll(async () => {
      shared = await open();
      world = await startTunnelWorld({
        configure: (config) => shared.config({ ...config, relay: { ...config.relay, id: 'r-one' } }) as typeof config,
      });
    }, 120_000);
    afterAll(async () => {
      await world?.close();
      await shared?.stop();
    });

    const post = (path: string) =>
      askSocket(join(world.dataDir, 'admin.sock'), path, { method: 'POST', body: { reason: 'New kernel' } });
    const own = async (): Promise<RelayState> => {
      const state = (await shared.seen.list()).find(({ id }) => id === 'r-one');
      if (state === undefined) throw new Error('The relay has said nothing yet.');
      return state;
    };
    const time = orderTimes(Date.now);
    const orderOf = (state: RelayState, differs: Partial<RelayOrder>): RelayOrder => ({
      atMs: time(),
      relay: 'r-one',
      startedAtMs: state.startedAtMs,
      worker: null,
      act: 'drain',
      by: 'dana',
      at: 'r-two',
      reason: 'Why',
      ...differs,
    });
    const order = async (given: RelayOrder): Promise<void> => {
      const { place, text } = closedOrder(given, shared.seal);
      await shared.seen.order(place, text);
    };
    const orderTo = async (relay: string): Promise<RelayOrder | null> => {
      const [text = null] = await shared.seen.ordersAt([relay]);
      return text === null ? null : openedOrder(relay, text, shared.seal);
    };
    const ignored = (): readonly unknown[] => world.relay.log.filter(({ msg }) => msg === ignoredOrderWords);
    const events = (): readonly string[] =>
      queryAudit(world.dataDir, { type: 'relay', limit: 100 }).flatMap(({ record }) =>
        record.type === 'relay' ? [`${record.event}: ${record.detail}`] : [],
      );

    it('are drained and taken back by an operator at another one, each recorded with who and where', async () => {
      await vi.waitFor(
        async () => expect(await own()).toMatchObject({ takesTimedOrders: true, draining: false }),
        patient,
      );
      const state = await own();
      const drain = orderOf(state, {});
      await order(drain);
      await vi.waitFor(async () => expect(await own()).toMatchObject({ draining: true, ready: false }), patient);
      await expect(openTunnel(world, 'ann')).rejects.toThrow('relay-draining');
      expect(events()).toContainEqual(
        'draining: asked for by dana at the relay r-two: Why (before: serving, 0 tunnels)',
      );
      // What stands is done once: somebody here has the last word.
      expect((await post('/admin/v1/relay/undrain')).status).toBe(200);
      await vi.waitFor(async () => expect((await own()).draining).toBe(false), patient);
      const refused: readonly Partial<RelayOrder>[] = [
        // Of an earlier process.
        { startedAtMs: state.startedAtMs - 1 },
        { atMs: Date.now() - oldestOrderMs - 1000 },
        // Nonsense, as another version may have it.
        { act: 'explode' as never },
        // As it was, by somebody who has kept it.
        drain,
      ];
      const before = ignored().length;
      for (const [index, differs] of refused.entries()) {
        await order(orderOf(state, differs));
        await vi.waitFor(() => expect(ignored()).toHaveLength(before + index + 1), patient);
      }
      expect(events().filter((event) => event.startsWith('draining:'))).toHaveLength(1);
      expect((await own()).draining).toBe(false);
      await order(orderOf(state, { act: 'undrain' }));
      const undone = 'undrained: asked for by dana at the relay r-two: Why (before: serving, 0 tunnels)';
      await vi.waitFor(() => expect(events()).toContainEqual(undone), patient);
    });

    it.runIf(what === 'Redis alone')('are not drained by who can write there and hasn’t their secret', async () => {
      const state = await own();
      const before = ignored().length;
      await shared.seen.order('r-one', JSON.stringify(orderOf(state, {})));
      await vi.waitFor(() => expect(ignored()).toHaveLength(before + 1), patient);
      const other = sharedSeal(() => ({ secret: 'b'.repeat(48) }), 'relay orders');
      await shared.seen.order('r-one', closedOrder(orderOf(state, {}), other).text);
      await vi.waitFor(() => expect(ignored()).toHaveLength(before + 2), patient);
      expect((await own()).draining).toBe(false);
    });

    it('order each other: what is asked is recorded first, the answer says whether it was obeyed', async () => {
      const state = { ...(await own()), id: 'r-two', atMs: Date.now(), draining: false, countedOrders: [] };
      await shared.seen.say(state);
      const answering = setInterval(() => {
        void orderTo('r-two').then(async (given) => {
          if (given === null) return;
          const counted = { worker: given.worker, at: given.at, atMs: given.atMs, done: true };
          const draining = given.act === 'drain';
          await shared.seen.say({ ...state, atMs: Date.now() + 1, draining, countedOrders: [counted] });
        });
      }, 100);
      const answer = await post('/admin/v1/relays/r-two/drain');
      clearInterval(answering);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        200,
        { relay: expect.objectContaining({ id: 'r-two', draining: true, self: false }), obeyed: true },
      ]);
      expect(await orderTo('r-two')).toMatchObject({ act: 'drain', at: 'r-one', reason: 'New kernel' });
      expect(events()).toContainEqual(expect.stringMatching(/^drain-asked: .*New kernel, of the relay r-two/));
    });

    it('is said not to have obeyed when it is so for another reason, or can’t', async () => {
      const at = 'r-one';
      const drained = { ...(await own()), id: 'r-drained', draining: true };
      const ordersOf = async (relay: string) => (await orderTo(relay))?.atMs ?? 0;
      for (const [id, counted] of [
        ['r-drained', []],
        ['r-unable', [{ worker: null, at, done: false }]],
      ] as const) {
        const say = async () =>
          shared.seen.say({
            ...drained,
            id,
            atMs: Date.now() + 1,
            countedOrders: await Promise.all(counted.map(async (each) => ({ ...each, atMs: await ordersOf(id) }))),
          });
        await say();
        const saying = setInterval(() => void say(), 100);
        const answer = await post(`/admin/v1/relays/${id}/drain`);
        clearInterval(saying);
        expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { obeyed: false }]);
      }
    });

    it('of an older version is said to have obeyed when it is so', async () => {
      const { countedOrders: _counted, sealsOrders: _seals, workers: _workers, ...state } = await own();
      await shared.seen.say({ ...state, id: 'r-older', draining: false, atMs: Date.now() });
      const saying = setInterval(
        () => void shared.seen.say({ ...state, id: 'r-older', draining: true, atMs: Date.now() + 1 }),
        100,
      );
      const answer = await post('/admin/v1/relays/r-older/drain');
      clearInterval(saying);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { obeyed: true }]);
    });

    it.each([
      [
        'that seals orders where this one doesn’t, or doesn’t where it does',
        'r-seals',
        { sealsOrders: what !== 'Redis alone' },
        409,
        'bad-config',
      ],
      ['that isn’t there', 'r-none', {}, 400, 'bad-input'],
      ['that is silent', 'r-gone', { atMs: 1_000 }, 409, 'bad-config'],
      [
        'of a version that takes no orders',
        'r-old',
        { takesTimedOrders: undefined, sealsOrders: undefined },
        409,
        'bad-config',
      ],
    ])('one %s is refused', async (_which, id, differs, status, code) => {
      const gone = { atMs: Date.now() - 120_000 };
      const said = { ...(await own()), id, ...differs, ...('atMs' in differs ? gone : {}) };
      if (id !== 'r-none') await shared.seen.say(said as RelayState);
      const answer = await post(`/admin/v1/relays/${id}/drain`);
      expect([answer.status, (JSON.parse(answer.body) as { code: string }).code]).toEqual([status, code]);
      expect(await orderTo(id)).toBe(null);
    });

    it('tell who follows their events whether those of the others come, too', async () => {
      const sent = request({ socketPath: join(world.dataDir, 'admin.sock'), path: '/admin/v1/events' });
      sent.end();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      let told = '';
      for await (const chunk of answer) {
        told += String(chunk);
        if (told.includes('event: hello')) break;
      }
      // Of a storage all audits are there.
      expect(told).toContain(`"isWhole":${what === 'a storage'}`);
    });

    it('say with each other one why it takes no orders of this one, or that it does', async () => {
      const { sealsOrders: _seals, takesTimedOrders: _takes, ...older } = await own();
      await shared.seen.say({ ...older, id: 'r-of-before', version: '0.0.1' } as RelayState);
      await shared.seen.say({ ...(await own()), id: 'r-equal', atMs: Date.now() });
      const answer = await askSocket(join(world.dataDir, 'admin.sock'), '/admin/v1/relays');
      const { relays } = JSON.parse(answer.body) as { relays: { id: string; noOrders: string | null }[] };
      const why = (wanted: string) => relays.find(({ id }) => id === wanted)?.noOrders;
      expect(why('r-of-before')).toMatch(/runs version 0\.0\.1.*relay drain/);
      expect([why('r-equal'), why('r-one')]).toEqual([null, null]);
      const asked = await post('/admin/v1/relays/r-of-before/drain');
      expect((JSON.parse(asked.body) as { detail: string }).detail).toBe(`Nothing was ordered. ${why('r-of-before')}`);
    });

    it('tell at the overview which one fell silent, but not one that was stopped, or that is gone for long', async () => {
      const state = await own();
      const minuteAgo = { atMs: Date.now() - 61_000 };
      await shared.seen.say({ ...state, ...minuteAgo, id: 'r-lost' });
      await shared.seen.say({ ...state, ...minuteAgo, id: 'r-stopped', stopped: true });
      await shared.seen.say({ ...state, id: 'r-of-last-week', atMs: Date.now() - 2 * 86_400_000 });
      const { downWorkers: _down, ...before } = state;
      await shared.seen.say({ ...before, ...minuteAgo, id: 'r-older-and-gone' });
      const answer = await askSocket(join(world.dataDir, 'admin.sock'), '/admin/v1/overview');
      const { problems } = JSON.parse(answer.body) as { problems: { code: string; about: string | null }[] };
      const silent = problems.filter(({ code }) => code === 'relay-silent').map(({ about }) => about);
      expect(silent).toContain('r-lost');
      expect(silent).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^r-(?:stopped|of-last-week|older-and-gone)$/)]),
      );
    });

    it('are told of by the command line, which drains them, too', async () => {
      const down = { worker: 2, sinceMs: Date.now() - 60_000, ends: 2, how: 'ended by SIGKILL', draining: false };
      await shared.seen.say({ ...(await own()), id: 'r-three', ready: false, downWorkers: [down] });
      const listed = await runRelayCommand(['relays', 'list', '--data', world.dataDir]);
      expect(listed.said).toContain(`worker 2 down since ${new Date(down.sinceMs).toISOString()} (ended by SIGKILL)`);
      expect(listed.said).toMatch(/^r-one {2}ready {2}0 tunnels {2}version .* {2}this relay\n/);
      const drained = await runRelayCommand(['relays', 'drain', 'r-one', '--reason', 'Why', '--data', world.dataDir]);
      expect([drained.said, drained.code]).toEqual(['The relay r-one is draining, with 0 tunnels.\n', 0]);
      const back = await runRelayCommand(['relays', 'undrain', 'r-one', '--reason', 'Why', '--data', world.dataDir]);
      expect(back.code).toBe(0);
    });
  });
});
