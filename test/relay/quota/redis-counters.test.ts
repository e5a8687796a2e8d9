import { createServer, type Socket } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../relay/config/config-schema.ts';
import { createLimiter } from '../../../relay/quota/create-limiter.ts';
import type { Limiter, Taken } from '../../../relay/quota/limiter.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { freePort } from '../../support/free-port.ts';
import { redisProgram, type RedisServer, startRedis } from '../../support/start-redis.ts';

const log = pino({ level: 'silent' });
const alice = { issuer: 'http://idp', subject: 'alice', groups: [] };
const timeMs = Date.UTC(2026, 0, 5, 12);

async function limiterAt(
  url: string | null,
  limits: NonNullable<ConfigInput['request_limits']>,
  timeoutMs = 10_000,
): Promise<Limiter> {
  const shared = url === null ? {} : { store: 'redis' as const, url, timeout_ms: timeoutMs };
  const config = configSchema.parse({
    relay: { name: 'x', url: 'http://127.0.0.1:1' },
    issuers: [{ name: 'x', issuer: 'http://127.0.0.1:2', client_id: 'c', audience: 'a' }],
    apis: [{ id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:3', request_limits: limits }],
    shared_state: shared,
  });
  return createLimiter(config, log);
}

async function take(limiter: Limiter): Promise<Taken> {
  const taken = await limiter.take(alice, 'orders', timeMs);
  if (taken === null) throw new Error('No limit applied.');
  return taken;
}

/** Waits until the limiter's connection is up. */
async function untilReady(limiter: Limiter): Promise<void> {
  await expect
    .poll(() =>
      limiter.left(alice, 'orders', timeMs).then(
        () => 'ready',
        () => 'not ready',
      ),
    )
    .toBe('ready');
}

/** 200 callers at once, each asking again and again until it is refused; how many requests went through. */
async function hammer(limiters: readonly Limiter[]): Promise<number> {
  const caller = async (limiter: Limiter): Promise<number> => {
    let through = 0;
    for (;;) {
      const taken = await take(limiter);
      if (taken.status === 'refused') {
        expect(taken.code).toBe('quota-used-up');
        return through;
      }
      through += 1;
    }
  };
  const work = Array.from({ length: 200 }, (_none, index) => caller(limiters[index % limiters.length] as Limiter));
  return (await Promise.all(work)).reduce((sum, count) => sum + count, 0);
}

describe('200 parallel callers against a limit of 1,000', () => {
  it('get exactly 1,000 on one node that counts in memory', async () => {
    const limiter = await limiterAt(null, [{ name: 'quota', per: 'all', requests: 1000, every: 'day' }]);
    expect(await hammer([limiter])).toBe(1000);
  });
});

describe.runIf(redisProgram !== null)('counters in Redis', () => {
  const closers: (() => Promise<void>)[] = [];
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    closers.push(() => part.close());
    return part;
  };
  const redis = async (port?: number): Promise<RedisServer> => {
    const server = await startRedis(port);
    closers.push(() => server.stop());
    return server;
  };
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

  it('give 200 parallel callers exactly 1,000 of 1,000 requests, on two nodes together', async () => {
    const { url } = await redis();
    const limits = [
      { name: 'pace', per: 'all', requests: 1_000_000, every: 'second', on_failure: 'deny' },
      { name: 'quota', per: 'all', requests: 1000, every: 'day', on_failure: 'deny' },
    ] as const;
    const nodes = [keep(await limiterAt(url, [...limits])), keep(await limiterAt(url, [...limits]))];
    for (const node of nodes) await untilReady(node);
    expect(await hammer(nodes)).toBe(1000);
    for (const node of nodes)
      expect(await node.left(alice, 'orders', timeMs)).toMatchObject([{}, { name: 'quota', left: 0 }]);
  });

  it('refuse or let pass while Redis is away, as each limit says, and count again when it is back', async () => {
    const server = await redis();
    const strict = keep(
      await limiterAt(server.url, [{ name: 'strict', requests: 5, every: 'day', on_failure: 'deny' }]),
    );
    const lax = keep(await limiterAt(server.url, [{ name: 'lax', requests: 5, every: 'day', on_failure: 'allow' }]));
    await Promise.all([untilReady(strict), untilReady(lax)]);
    expect(await take(strict)).toMatchObject({ status: 'taken', note: null });

    await server.stop();
    expect(await take(strict)).toMatchObject({
      status: 'refused',
      code: 'counters-unavailable',
      rule: 'limit:strict',
      resetsAtMs: null,
    });
    expect(await take(lax)).toMatchObject({
      status: 'taken',
      headers: [],
      note: { words: 'Not counted for the limit “lax”: the counters can’t be reached, and on_failure is allow.' },
    });

    await redis(server.port);
    await expect.poll(async () => (await take(strict)).status).toBe('taken');
  });

  it('never wait longer than their time-out for a server that says nothing', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket));
    const port = await freePort();
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
    const limiter = await limiterAt(
      `redis://127.0.0.1:${port}`,
      [{ name: 'l', requests: 5, every: 'day', on_failure: 'deny' }],
      500,
    );
    expect(await take(limiter)).toMatchObject({ code: 'counters-unavailable' });
    await limiter.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
