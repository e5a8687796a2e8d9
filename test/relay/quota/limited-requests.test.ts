import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quotaSchema } from '../../../shared/catalog.ts';
import { redisProgram, type RedisServer, startRedis } from '../../support/start-redis.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

let echo: EchoUpstream;
beforeAll(async () => void (echo = await startEcho()));
afterAll(() => echo.close());

const urlOf = (world: PipelineWorld, api: string): string => `http://127.0.0.1:${world.port(api)}/x`;

describe('requests to a limited API', () => {
  let world: PipelineWorld;
  beforeAll(async () => {
    world = await startPipelineWorld({
      apis: [
        {
          id: 'orders',
          name: 'Orders',
          upstream: echo.url,
          request_limits: [{ name: 'daily', requests: 3, every: 'day' }],
        },
        { id: 'small', name: 'Small', upstream: echo.url, max_headers: 12, max_header_bytes: 2000 },
      ],
    });
  });
  afterAll(() => world.close());

  it('carry what is left, then get 429 with when it starts anew, and no denied one reaches the API', async () => {
    for (const left of [2, 1, 0]) {
      const answer = await fetch(urlOf(world, 'orders'));
      await answer.arrayBuffer();
      expect(answer.status).toBe(200);
      expect(answer.headers.get('ratelimit-policy')).toBe('"daily";q=3;w=86400');
      expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"daily";r=${left};t=\\d+$`));
    }
    const before = echo.requests.length;
    const refused = await fetch(urlOf(world, 'orders'), { method: 'POST', body: 'x' });
    const tomorrow = Math.ceil(Date.now() / 86_400_000) * 86_400_000;
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).toMatch(/^"daily";r=0;t=\d+$/);
    expect(await refused.json()).toMatchObject({
      code: 'quota-used-up',
      api: 'orders',
      rule: 'limit:daily',
      resetsAtMs: tomorrow,
      requestId: expect.any(String),
    });
    expect(echo.requests.length).toBe(before);
    expect(world.decisions(1)[0]?.record).toMatchObject({ effect: 'deny', rule: 'limit:daily' });
  });

  it('stand in the catalog with what is left', async () => {
    await world.configure((config) => config);
    const left = (): unknown =>
      world.client.core
        .snapshot()
        .profiles.flatMap(({ catalog }) => ('catalog' in catalog ? catalog.catalog.apis : []))
        .find((api) => api.id === 'orders')?.quotas;
    await expect.poll(left).toMatchObject([{ name: 'daily', limit: 3, left: 0, windowSeconds: 86_400 }]);
    expect(quotaSchema.array().safeParse(left()).success).toBe(true);
  });

  it('get 431 for a head that is larger than the API takes', async () => {
    const many = Object.fromEntries(Array.from({ length: 13 }, (_none, index) => [`X-H${index}`, 'v']));
    for (const headers of [many, { 'X-Long': 'v'.repeat(2000) }]) {
      const answer = await fetch(urlOf(world, 'small'), { headers });
      expect(answer.status).toBe(431);
      expect(await answer.json()).toMatchObject({ code: 'headers-too-large' });
    }
  });
});

describe.runIf(redisProgram !== null)('when Redis stops under load', () => {
  let redis: RedisServer;
  let world: PipelineWorld;
  beforeAll(async () => {
    redis = await startRedis();
    const limited = (id: string, onFailure: 'deny' | 'allow') => ({
      id,
      name: id,
      upstream: echo.url,
      request_limits: [{ name: `${id}-pace`, requests: 1_000_000, every: 'hour' as const, on_failure: onFailure }],
    });
    world = await startPipelineWorld({
      apis: [limited('strict', 'deny'), limited('lax', 'allow')],
      more: { shared_state: { store: 'redis', url: redis.url, timeout_ms: 2000 } },
    });
  });
  afterAll(async () => {
    await world.close();
    await redis.stop();
  });

  it('each limit does what it says, and the audit says so', async () => {
    const statuses = { strict: new Set<number>(), lax: new Set<number>() };
    const call = async (api: 'strict' | 'lax'): Promise<number> => {
      const answer = await fetch(urlOf(world, api));
      await answer.arrayBuffer();
      statuses[api].add(answer.status);
      return answer.status;
    };
    await expect.poll(() => call('strict')).toBe(200);
    statuses.strict.clear();
    let isOver = false;
    const load = (['strict', 'lax', 'strict', 'lax'] as const).map(async (api) => {
      while (!isOver) await call(api);
    });
    await expect.poll(() => statuses.strict.has(200) && statuses.lax.has(200)).toBe(true);
    await redis.stop();
    await expect.poll(() => statuses.strict.has(503)).toBe(true);
    isOver = true;
    await Promise.all(load);

    expect(await call('strict')).toBe(503);
    expect([...statuses.lax]).toEqual([200]);
    expect(await call('lax')).toBe(200);
    await expect
      .poll(() => world.decisions().find(({ record }) => record.api === 'strict')?.record)
      .toMatchObject({
        effect: 'deny',
        rule: 'limit:strict-pace',
        reason: expect.stringContaining('on_failure is deny'),
      });
    expect(world.decisions().find(({ record }) => record.api === 'lax')?.record).toMatchObject({
      effect: 'allow',
      reason: expect.stringContaining('on_failure is allow'),
    });
  });
});
