import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../../relay/config/load-config.ts';
import { createRelayMetrics } from '../../../relay/metrics/relay-metrics.ts';
import { connectRedis } from '../../../relay/shared-state/redis-connection.ts';
import { connectPostgres } from '../../../relay/storage/postgres/connect-postgres.ts';
import { parsePostgresAddress } from '../../../relay/storage/postgres/postgres-address.ts';
import { sql } from 'kysely';
import { postgresPrograms, startPostgres } from '../../support/start-postgres.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import { minimalConfig } from '../config/config-folder.ts';

const silent = pino({ level: 'silent' });

async function metricsNow() {
  const loaded = await readConfig({ path: '/relay.yaml', text: minimalConfig() }, { files: 'skip' });
  return createRelayMetrics(loaded, '1.0.0');
}

it('a relay that stands alone says nothing of what relays share', async () => {
  const metrics = await metricsNow();
  expect(await metrics.text()).not.toMatch(/causeway_shared_state_up\{/);
  metrics.close();
});

describe.skipIf(redisProgram === null)('Redis', () => {
  it('counts as up while it answers, with how long that takes, and as down when it is away', async () => {
    const metrics = await metricsNow();
    const server = await startRedis();
    const redis = connectRedis({ url: server.url, prefix: 'test', timeoutMs: 5000 }, silent, (tookMs, isAnswered) =>
      metrics.didAsk('redis', tookMs, isAnswered),
    );
    try {
      await redis.untilReady();
      await redis.run((client) => client.ping());
      const up = await metrics.text();
      expect(up).toMatch(/^causeway_shared_state_up\{store="redis"\} 1$/m);
      expect(up).toMatch(/^causeway_shared_state_seconds_count\{store="redis"\} 1$/m);
      await server.stop();
      await vi.waitFor(async () => {
        await expect(redis.run((client) => client.ping())).rejects.toMatchObject({ code: 'shared-state-unavailable' });
      }, 10_000);
      expect(await metrics.text()).toMatch(/^causeway_shared_state_up\{store="redis"\} 0$/m);
    } finally {
      redis.close();
      await server.stop();
      metrics.close();
    }
  });
});

describe.skipIf(postgresPrograms === null)('PostgreSQL', () => {
  it('counts as up while it answers, and as down when it is away', async () => {
    const metrics = await metricsNow();
    const server = await startPostgres();
    const parsed = parsePostgresAddress(`${await server.createDatabase()}?sslmode=disable`);
    if (parsed.status !== 'ok') throw new Error(parsed.why);
    const storage = connectPostgres({ ...parsed.address, tls: null }, silent, {
      migrations: [],
      didAsk: (tookMs, isAnswered) => metrics.didAsk('postgres', tookMs, isAnswered),
    });
    const ask = () => storage.run((database) => sql`SELECT 1`.execute(database));
    try {
      await ask();
      expect(await metrics.text()).toMatch(/^causeway_shared_state_up\{store="postgres"\} 1$/m);
      await server.kill();
      await expect(ask()).rejects.toMatchObject({ code: 'shared-state-unavailable' });
      expect(await metrics.text()).toMatch(/^causeway_shared_state_up\{store="postgres"\} 0$/m);
    } finally {
      await storage.close();
      await server.stop();
      metrics.close();
    }
  });
});
