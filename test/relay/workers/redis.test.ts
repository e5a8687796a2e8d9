import { readinessCauses } from '../../support/readiness-causes.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { redisProgram, type RedisServer, startRedis } from '../../support/start-redis.ts';
import { dial } from '../../tunnel/support/raw-tunnel.ts';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { ask, onBothWorkers, startWorkersWorld, welcomedOn, type WorkerTunnel } from './workers-world.ts';

const limit = 300;
const callers = 60;
const tunnelsPerWorker = 2;
const patient = { timeout: 60_000 };

describe.runIf(redisProgram !== null)('a relay of two workers with Redis', { timeout: 180_000 }, () => {
  let redis: RedisServer;
  let world: TunnelWorld;
  beforeAll(async () => {
    redis = await startRedis();
    world = await startWorkersWorld({
      // The raw tunnels of these tests answer no pings.
      limits: { ping_seconds: 300 },
      configure: (config) => ({
        ...config,
        apis: config.apis.map((api) => ({
          ...api,
          request_limits: [{ name: 'month', per: 'all', requests: limit, every: 'month', on_failure: 'deny' }],
        })),
        shared_state: { store: 'redis', url: redis.url, timeout_ms: 5000, on_failure: 'deny' },
      }),
    });
    await vi.waitFor(async () => expect((await ask(world, '/readyz')).status).toBe(200), patient);
  });
  afterAll(async () => {
    await world?.close();
    await redis?.stop();
  });

  it('lets exactly 300 of 360 requests through, from 60 callers on both workers, and one audit has each decision', async () => {
    const token = await world.issuer.token('anna');
    const tunnels: WorkerTunnel[] = [];
    for (const worker of [1, 2])
      for (let index = 0; index < tunnelsPerWorker; index += 1) tunnels.push(await welcomedOn(world, worker, token));
    world.echo.clear();
    let streams = 0;
    /** Asks again and again until it is refused; how many requests went through. */
    const call = async ({ tunnel }: WorkerTunnel): Promise<number> => {
      for (let through = 0; ; through += 1) {
        streams += 1;
        const status = await tunnel.request(streams * 2 - 1);
        if (status === 200) continue;
        expect(status).toBe(429);
        return through;
      }
    };
    const work = Array.from({ length: callers }, (_, index) => call(tunnels[index % tunnels.length] as WorkerTunnel));
    const through = (await Promise.all(work)).reduce((sum, count) => sum + count, 0);
    expect(through).toBe(limit);
    expect(world.echo.requests).toHaveLength(limit);
    const decisions = queryAudit(world.dataDir, { limit: 10_000 }).flatMap(({ record }) =>
      record.type === 'decision' ? [record] : [],
    );
    expect(decisions.filter(({ effect }) => effect === 'allow')).toHaveLength(limit);
    expect(decisions.filter(({ rule }) => rule === 'limit:month')).toHaveLength(callers);
    expect(verifyAudit(world.dataDir)).toMatchObject({ status: 'ok' });
    await Promise.all(tunnels.map(({ tunnel }) => tunnel.close()));
  });

  it('ends a person’s tunnels on both workers when the provider signs that person out', async () => {
    const token = await world.issuer.token('berta');
    const tunnels = await onBothWorkers(world, token);
    const form = `logout_token=${await world.issuer.logoutToken('berta')}`;
    expect((await ask(world, '/v1/backchannel-logout', { form })).status).toBe(200);
    for (const { tunnel } of tunnels) {
      expect(await tunnel.waitForControl('goaway')).toMatchObject({ reason: 'session-revoked' });
      await tunnel.closed;
    }
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect(await dial(world, '', { token })).toEqual({ status: 401, code: 'session-revoked' });
    }
    expect((await ask(world, '/v1/backchannel-logout', { form })).status).toBe(400);
  });

  it('is not ready while Redis is away, refuses new tunnels on both workers, and goes on when it is back', async () => {
    const token = await world.issuer.token('clara');
    const tunnels = await onBothWorkers(world, token);
    await redis.stop();
    await expect.poll(async () => (await ask(world, '/readyz')).status, patient).toBe(503);
    await expect
      .poll(() => readinessCauses(world.dataDir), patient)
      .toContain('The store that the relays share (Redis) can’t be reached.');
    const refusal = { status: 503, code: 'shared-state-unavailable' };
    for (let attempt = 0; attempt < 4; attempt += 1)
      await expect.poll(() => dial(world, '', { token }), patient).toEqual(refusal);
    for (const { tunnel } of tunnels) expect(await tunnel.request(1)).toBe(503);
    redis = await startRedis(redis.port);
    await expect.poll(async () => (await ask(world, '/readyz')).status, patient).toBe(200);
    for (const { tunnel } of tunnels) {
      let stream = 1;
      // Redis came back empty: what was used up counts anew.
      await expect.poll(() => tunnel.request((stream += 2)), patient).toBe(200);
      await tunnel.close();
    }
  });
});
