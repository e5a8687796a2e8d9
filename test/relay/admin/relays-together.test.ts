import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { connectRedis } from '../../../relay/shared-state/redis-connection.ts';
import { openRelaysSeen, type RelaysSeen } from '../../../relay/vitals/relays-seen.ts';
import { openRelaysSeenInRedis } from '../../../relay/vitals/relays-seen-in-redis.ts';
import type { RelayState } from '../../../relay/vitals/relay-state.ts';
import { runRelayCommand } from '../../support/run-relay-command.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import { startStorage } from '../../support/start-storage.ts';
import { openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { askSocket } from './ask-socket.ts';

const patient = { timeout: 60_000, interval: 200 };

interface Shared {
  readonly config: (config: object) => object;
  readonly seen: RelaysSeen;
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
      shared_state: { store: 'redis', url: server.url, secret: 'a'.repeat(48) },
    }),
    seen: openRelaysSeenInRedis(redis),
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
    stop: () => storage.stop(),
  };
}

const places = [
  ['Redis alone', inRedis, redisProgram],
  ['a storage', inPostgres, postgresPrograms],
] as const;

describe.each(places)('relays that share %s', (_what, open, program) => {
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
    const orderOf = (state: RelayState, id: string, act: 'drain' | 'undrain') =>
      ({ id, relay: 'r-one', startedAtMs: state.startedAtMs, act, by: 'dana', at: 'r-two', reason: 'Why' }) as const;
    const events = (): readonly string[] =>
      queryAudit(world.dataDir, { type: 'relay', limit: 100 }).flatMap(({ record }) =>
        record.type === 'relay' ? [`${record.event}: ${record.detail}`] : [],
      );

    it('are drained and taken back by an operator at another one, each recorded with who and where', async () => {
      await vi.waitFor(async () => expect(await own()).toMatchObject({ takesOrders: true, draining: false }), patient);
      const state = await own();
      await shared.seen.order(orderOf(state, 'one', 'drain'));
      await vi.waitFor(async () => expect(await own()).toMatchObject({ draining: true, ready: false }), patient);
      await expect(openTunnel(world, 'ann')).rejects.toThrow('relay-draining');
      expect(events()).toContainEqual(
        'draining: asked for by dana at the relay r-two: Why (before: serving, 0 tunnels)',
      );
      // What stands is done once: somebody here has the last word.
      expect((await post('/admin/v1/relay/undrain')).status).toBe(200);
      await vi.waitFor(async () => expect((await own()).draining).toBe(false), patient);
      // Of an earlier process.
      await shared.seen.order({ ...orderOf(state, 'two', 'drain'), startedAtMs: state.startedAtMs - 1 });
      // Nonsense, as another version may have it.
      await shared.seen.order({ ...orderOf(state, 'three', 'drain'), act: 'explode' } as never);
      await shared.seen.order(orderOf(state, 'four', 'undrain'));
      const undone = 'undrained: asked for by dana at the relay r-two: Why (before: serving, 0 tunnels)';
      await vi.waitFor(() => expect(events()).toContainEqual(undone), patient);
      expect((await own()).draining).toBe(false);
    });

    it('order each other: what is asked is recorded first, the answer says whether it was obeyed', async () => {
      const state = { ...(await own()), id: 'r-two', atMs: Date.now(), draining: false };
      await shared.seen.say(state);
      const answering = setInterval(() => {
        void shared.seen.orderTo('r-two').then(async (order) => {
          if (order !== null)
            await shared.seen.say({ ...state, atMs: Date.now() + 1, draining: order.act === 'drain' });
        });
      }, 100);
      const answer = await post('/admin/v1/relays/r-two/drain');
      clearInterval(answering);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        200,
        { relay: expect.objectContaining({ id: 'r-two', draining: true, self: false }), obeyed: true },
      ]);
      expect(await shared.seen.orderTo('r-two')).toMatchObject({ act: 'drain', at: 'r-one', reason: 'New kernel' });
      expect(events()).toContainEqual(expect.stringMatching(/^drain-asked: .*New kernel, of the relay r-two/));
    });

    it.each([
      ['that isn’t there', 'r-none', {}, 400, 'bad-input'],
      ['that is silent', 'r-gone', { atMs: 1_000 }, 409, 'bad-config'],
      ['of a version that takes no orders', 'r-old', { takesOrders: undefined }, 409, 'bad-config'],
    ])('one %s is refused', async (_which, id, differs, status, code) => {
      const gone = { atMs: Date.now() - 120_000 };
      const said = { ...(await own()), id, ...differs, ...('atMs' in differs ? gone : {}) };
      if (id !== 'r-none') await shared.seen.say(said as RelayState);
      const answer = await post(`/admin/v1/relays/${id}/drain`);
      expect([answer.status, (JSON.parse(answer.body) as { code: string }).code]).toEqual([status, code]);
      expect(await shared.seen.orderTo(id)).toBe(null);
    });

    it('are told of by the command line, which drains them, too', async () => {
      const listed = await runRelayCommand(['relays', 'list', '--data', world.dataDir]);
      expect(listed.said).toMatch(/^r-one {2}ready {2}0 tunnels {2}version .* {2}this relay\n/);
      const drained = await runRelayCommand(['relays', 'drain', 'r-one', '--reason', 'Why', '--data', world.dataDir]);
      expect([drained.said, drained.code]).toEqual(['The relay r-one is draining, with 0 tunnels.\n', 0]);
      const back = await runRelayCommand(['relays', 'undrain', 'r-one', '--reason', 'Why', '--data', world.dataDir]);
      expect(back.code).toBe(0);
    });
  });
});
