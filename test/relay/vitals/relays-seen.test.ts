import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { connectRedis, type RedisConnection } from '../../../relay/shared-state/redis-connection.ts';
import { openRelaysSeenInRedis } from '../../../relay/vitals/relays-seen-in-redis.ts';
import type { RelayState } from '../../../relay/vitals/relay-state.ts';
import { openRelaysSeen } from '../../../relay/vitals/relays-seen.ts';
import { apiOf, providersOf } from '../../../relay/vitals/process-vitals.ts';
import { rememberOutcomes } from '../../../relay/vitals/api-outcomes.ts';
import { redisProgram, type RedisServer, startRedis } from '../../support/start-redis.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage, type StorageServer } from '../../support/start-storage.ts';
import { sampleState } from './sample-state.ts';

const day = 86_400_000;
const stateOf = (id: string, atMs: number): RelayState =>
  sampleState(id, {
    name: `Relay \u0000 ${id}`,
    atMs,
    sparedAddresses: { always: ['192.0.2.7'], ofFindings: ['198.51.100.0/24'] },
  });

describe.runIf(postgresPrograms !== null)('relays that share a storage', () => {
  let storage: StorageServer;
  beforeAll(async () => {
    storage = await startStorage();
  }, 60_000);
  afterAll(() => storage?.stop());

  it('know each other as each said last, and forget who is silent for a week', async () => {
    const [one, two] = [openRelaysSeen(storage.connect()), openRelaysSeen(storage.connect())];
    await one.say(stateOf('r-one', 1000));
    await two.say(stateOf('r-two', 1000));
    await one.say(stateOf('r-one', 2000));
    expect(await two.list()).toEqual([stateOf('r-one', 2000), stateOf('r-two', 1000)]);
    // A last word that comes behind the first one of the process that follows isn’t one of it.
    await one.say({ ...stateOf('r-one', 1999), stopped: true });
    expect((await two.list())[0]).toEqual(stateOf('r-one', 2000));
    await one.say({ ...stateOf('r-one', 2000), stopped: true });
    expect((await two.list())[0]?.stopped).toBe(true);
    // A clock that was set back keeps no relay from saying how it is.
    await one.say(stateOf('r-one', 1500));
    expect((await two.list())[0]).toEqual(stateOf('r-one', 1500));
    await two.say(stateOf('r-two', 2001 + 7 * day));
    expect((await one.list()).map(({ id }) => id)).toEqual(['r-two']);
  });
});

describe.runIf(redisProgram !== null)('relays that share a Redis alone', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis({ url: server.url, prefix: 'causeway', timeoutMs: 2000 }, pino({ level: 'silent' }));
    await redis.untilReady();
  }, 60_000);
  afterAll(async () => {
    redis?.close();
    await server?.stop();
  });
  const kept = () => redis.run((client) => client.hKeys('causeway:relays:seen'));

  it('know each other as each said last, and keep no more than so many, the newest', async () => {
    const nowMs = Date.now();
    await redis.run((client) => client.hSet('causeway:relays:seen', 'nonsense', 'nonsense'));
    const seen = openRelaysSeenInRedis(redis, 3);
    await seen.say(stateOf('r-old', nowMs - 7 * day - 1000));
    // What was silent for a week, and what nobody understands, goes at once.
    expect(await kept()).toEqual([]);
    for (const [index, id] of ['r-five', 'r-four', 'r-three', 'r-two', 'r-one'].entries())
      await seen.say(stateOf(id, nowMs - 1000 + index));
    expect((await seen.list()).map(({ id }) => id)).toEqual(['r-one', 'r-three', 'r-two']);
    expect((await kept()).toSorted()).toEqual(['r-one', 'r-three', 'r-two']);
    expect(await redis.run((client) => client.pTTL('causeway:relays:seen'))).toBeGreaterThan(7 * day);
  });

  it('leave orders that go by themselves', async () => {
    const seen = openRelaysSeenInRedis(redis);
    await seen.order('r-one', 'sealed');
    expect(await seen.ordersAt(['r-one', 'r-one#1'])).toEqual(['sealed', null]);
    const leftMs = await redis.run((client) => client.pTTL('causeway:relays:order:r-one'));
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(120_000);
  });
});

describe('what processes of a relay know', () => {
  const outcome = {
    type: 'outcome',
    requestId: 'r',
    timeMs: 5,
    outcome: 'completed',
    status: 200,
    durationMs: 1,
    requestBytes: 0,
    responseBytes: 0,
    detail: null,
  } as const;

  it('of an API: the last answer, the last failure, all connections', () => {
    const [one, two] = [rememberOutcomes(), rememberOutcomes()];
    one.didEnd('orders', outcome);
    one.didEnd('orders', { ...outcome, timeMs: 6, status: 502, code: 'upstream-unreachable', detail: 'no one there' });
    one.didEnd('orders', { ...outcome, timeMs: 9, status: null, outcome: 'aborted' });
    two.didEnd('orders', { ...outcome, timeMs: 7, status: 504, code: 'upstream-timeout', detail: 'late' });
    two.didEnd('orders', { ...outcome, timeMs: 8, status: 413, code: 'body-too-large' });
    const processes = [one.now(new Map([['orders', 2]])), two.now(new Map([['orders', 1]]))].map((apis) => ({ apis }));
    expect(apiOf(processes, 'orders')).toEqual({
      answeredAtMs: 5,
      failure: { atMs: 7, code: 'upstream-timeout', detail: 'late' },
      openConnections: 3,
    });
    expect(apiOf(processes, 'other')).toEqual({ answeredAtMs: null, failure: null, openConnections: 0 });
  });

  it('of a provider: as the process sees it whose keys are oldest', () => {
    const provider = {
      issuer: 'https://idp.example',
      name: 'Example',
      ready: true,
      keys: [],
      leftOut: [],
      keysFetchedAtMs: 5,
      nextFetchAtMs: 6,
      failures: 0,
      lastError: null,
      clockDifferenceMs: null,
      groupsLookup: null,
    };
    const missing = { ...provider, ready: false, keysFetchedAtMs: null };
    expect(providersOf([{ providers: [provider] }, { providers: [missing] }])).toEqual([missing]);
  });
});
