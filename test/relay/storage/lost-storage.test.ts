import { readinessCauses } from '../../support/readiness-causes.ts';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locksCommand } from '../../../relay/commands/locks.ts';
import type { Lock } from '../../../relay/sessions/lock.ts';
import { frameType } from '../../../shared/tunnel/protocol.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { runLocks } from '../../three-relays/measure-reach.ts';
import {
  type Answer,
  type BalancedRelay,
  type BalancedRelays,
  startRelaysBehindBalancer,
  untilStatus,
} from '../../three-relays/relays-behind-balancer.ts';
import type { RawTunnel } from '../../tunnel/support/raw-tunnel.ts';

const patient = { timeout: 30_000, interval: 100 };
const unavailable = { status: 503, body: { code: 'shared-state-unavailable' } };
const asked = { api: 'echo', role: 'refunders', reason: 'Ticket 4711', hours: 1 };
const requests = '/v1/access-requests';

/** The processes of a PostgreSQL, the postmaster first. */
function processesOf(postmaster: number): readonly number[] {
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim();
  return [postmaster, ...children.split(' ').filter(Boolean).map(Number)];
}

/** One that had ended, and that its stopped parent couldn’t bury, is gone as soon as that goes on. */
function signalAll(processes: readonly number[], signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of processes)
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
}

describe.runIf(postgresPrograms !== null)('relays that lose their storage', { timeout: 240_000 }, () => {
  let world: BalancedRelays;
  let first: BalancedRelay;
  let second: BalancedRelay;
  let alice: string;
  let bob: string;
  let tunnel: RawTunnel;
  let locked: RawTunnel;
  let lock: Lock;
  let streams = 0;

  /** 0 for a request that was cut off. */
  const status = async (of: RawTunnel): Promise<number> => {
    const streamId = (streams += 2) - 1;
    const cutOff = of.waitFor((found) => found.streamId === streamId && found.type === frameType.reset);
    return Promise.race([of.request(streamId), cutOff.then(() => 0)]);
  };
  const ask = (at: BalancedRelay, token: string, path: string, method?: string, body?: object): Promise<Answer> =>
    world.ask(at.port, token, path, method, body);
  const bothReady = (): Promise<unknown> =>
    Promise.all([untilStatus(world, first, 200), untilStatus(world, second, 200)]);
  const addLock = async (): Promise<[number, string]> => {
    const { config, storage } = await world.config();
    let output = '';
    const action = { type: 'add', target: { group: 'nobody' }, reason: 'Test', untilMs: null } as const;
    const write = (text: string): void => void (output += text);
    return [await locksCommand({ config, storage, action, json: true, write }), output];
  };
  const idsOf = async (at: BalancedRelay, token: string): Promise<readonly string[]> =>
    ((await ask(at, token, '/v1/sessions')).body['sessions'] as { id: string }[]).map(({ id }) => id);

  beforeAll(async () => {
    world = await startRelaysBehindBalancer({ count: 2, redis: false, started: false });
    [first, second] = world.relays as [BalancedRelay, BalancedRelay];
    [alice, bob] = [await world.token('alice', 's-1'), await world.token('bob', 's-2')];
  });
  afterAll(() => world?.close());

  it('start without it, take no sign-ins, say why, and go on as soon as it is there', async () => {
    await world.postgres.kill();
    const starting = Promise.all([world.start(first), world.start(second)]);
    await untilStatus(world, first, 503);
    expect(await ask(first, alice, '/v1/catalog')).toMatchObject(unavailable);
    expect(await ask(first, '', '/readyz')).toMatchObject({ status: 503, body: { ready: false } });
    expect((await ask(first, '', '/readyz/node')).status).toBe(503);
    expect(await readinessCauses(first.dataDir)).toEqual([
      'The storage that the relays share (PostgreSQL) can’t be used.',
    ]);
    await world.postgres.restart();
    await starting;
    expect((await ask(first, alice, '/v1/catalog')).status).toBe(200);
    tunnel = await world.tunnel(first.port, alice, 'Alices-Laptop');
    locked = await world.tunnel(second.port, bob, 'Bobs-Laptop');
    lock = JSON.parse(
      await runLocks(world, { type: 'add', target: { person: 'bob' }, reason: 'Test', untilMs: null }),
    ) as Lock;
    await expect.poll(() => status(locked), patient).toBe(403);
  });

  it('killed: tunnels go on, locks stay in force, and what would have to be kept is refused', async () => {
    await world.postgres.kill();
    expect(await ask(first, alice, requests, 'POST', asked)).toMatchObject(unavailable);
    expect(await ask(first, alice, '/v1/sessions')).toMatchObject(unavailable);
    expect(await addLock()).toEqual([1, expect.stringContaining('wasn’t done')]);
    await untilStatus(world, first, 503);
    expect(await ask(second, alice, '/v1/catalog')).toMatchObject(unavailable);
    expect([await status(tunnel), await status(locked)]).toEqual([200, 403]);
    await world.postgres.restart();
    await bothReady();
    expect([await status(tunnel), await status(locked)]).toEqual([200, 403]);
    await expect.poll(() => idsOf(second, alice), patient).toHaveLength(1);
    expect((await ask(second, alice, requests, 'POST', asked)).status).toBe(201);
    expect((await addLock())[0]).toBe(0);
  });

  it('half-open: nothing hangs, and all goes on when it answers again', async () => {
    const processes = processesOf(world.postgres.pid);
    signalAll(processes, 'SIGSTOP');
    try {
      await untilStatus(world, first, 503);
      await untilStatus(world, second, 503);
      expect([await status(tunnel), await status(locked)]).toEqual([200, 403]);
      const startMs = performance.now();
      expect(await ask(first, alice, '/v1/catalog')).toMatchObject(unavailable);
      expect(performance.now() - startMs).toBeLessThan(15_000);
    } finally {
      signalAll(processes, 'SIGCONT');
    }
    await bothReady();
    expect((await addLock())[0]).toBe(0);
    await runLocks(world, { type: 'remove', id: lock.id, reason: 'Cleared' });
    await expect.poll(() => status(locked), patient).toBe(200);
  });

  it('read-only, as when it is full: what is known counts, what can’t be written is refused or waits', async () => {
    const set = async (value: string): Promise<void> => {
      const client = new Client({ connectionString: world.storageUrl });
      await client.connect();
      await client.query('SET default_transaction_read_only = off');
      await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await client.query('SELECT pg_reload_conf()');
      await client.end();
      // What is asked before the server has read it would still be done.
      await expect
        .poll(async () => {
          const asking = new Client({ connectionString: world.storageUrl });
          await asking.connect();
          const { rows } = await asking.query('SHOW default_transaction_read_only');
          await asking.end();
          return (rows[0] as Record<string, unknown>)['default_transaction_read_only'];
        }, patient)
        .toBe(value);
    };
    // Each relay looks by itself for locks that were taken away.
    await expect.poll(async () => (await ask(first, bob, '/v1/catalog')).status, patient).toBe(200);
    await set('on');
    await expect.poll(() => addLock().then(([code]) => code), patient).toBe(1);
    expect(await ask(first, bob, requests, 'POST', asked)).toMatchObject(unavailable);
    expect((await ask(first, bob, '/v1/catalog')).status).toBe(200);
    expect((await ask(first, '', '/readyz')).status).toBe(200);
    // The end of a session counts where it was asked for, and everywhere once it can be written.
    const other = await world.token('alice', 's-3');
    const [id = ''] = await idsOf(first, other);
    expect(await ask(first, other, `/v1/sessions/${id}`, 'DELETE')).toMatchObject(unavailable);
    expect(await tunnel.waitForControl('goaway')).toMatchObject({ reason: 'session-revoked' });
    expect(await idsOf(second, other)).toEqual([id]);
    await set('off');
    await expect.poll(() => idsOf(second, other), patient).toEqual([]);
  });

  it('each act stands in the audit of one relay, once', async () => {
    const { queryAudit } = await import('../../../relay/audit/reading/query-audit.ts');
    const acts = (): readonly string[] =>
      world.relays.flatMap(({ dataDir }) =>
        queryAudit(dataDir, { limit: 10_000 }).flatMap(({ record }) =>
          record.type === 'lock' && record.lock === lock.id ? [record.event] : [],
        ),
      );
    await expect.poll(() => acts().toSorted(), patient).toEqual(['lock-added', 'lock-removed']);
  });
});

describe.runIf(postgresPrograms !== null)('a relay without its storage for longer than grace_seconds', () => {
  it('ends all tunnels, whose clients may come back when it is there again', { timeout: 120_000 }, async () => {
    const world = await startRelaysBehindBalancer({ count: 1, redis: false, graceSeconds: 1 });
    try {
      const [relay] = world.relays as [BalancedRelay];
      const token = await world.token('alice', 's-1');
      const tunnel = await world.tunnel(relay.port, token, 'Alices-Laptop');
      await world.postgres.kill();
      expect(await tunnel.waitForControl('goaway')).toMatchObject({
        reason: 'drain',
        detail: 'What the relays share can’t be reached.',
      });
      await world.postgres.restart();
      await untilStatus(world, relay, 200);
      await (await world.tunnel(relay.port, token, 'Alices-Laptop')).close();
    } finally {
      await world.close();
    }
  });
});
