import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { addLock } from '../../../relay/administration/locks.ts';
import { locksCommand, type LocksPlace } from '../../../relay/commands/locks.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { connectRedis } from '../../../relay/shared-state/redis-connection.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import { AccessError } from '../../../shared/errors.ts';
import { serveApp } from './support/serve-app.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'causeway-locks-'));
const place = { dataDir, redis: undefined, storage: undefined };
let served: Awaited<ReturnType<typeof serveApp>>;
beforeAll(async () => {
  const by = { author: 'dana', reason: 'r', untilMs: null };
  await addLock(place, { type: 'person', who: 'subject-4711', issuer: null }, by, Date.now());
  served = await serveApp({
    config: () => ({}),
    state: () => place,
    others: null,
    ownState: () => ({ id: 'r-1', sparedAddresses: { always: [], ofFindings: [] } }),
    reading: { ask: () => Promise.reject(new AccessError('overloaded', 'Too many readings wait already.')) },
  });
});
afterAll(() => {
  served?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

it('locks are listed, without names, where nobody has the time to look for those', async () => {
  const answer = await fetch(`http://127.0.0.1:${served.port}/admin/v1/locks`, {
    headers: { authorization: 'Bearer t' },
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    { locks: [{ target: { who: 'subject-4711' }, username: null, sparedAt: [] }] },
  ]);
});

it.runIf(redisProgram !== null)('the command lists them, too, where the other relays can’t be asked for', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = { url: server.url, prefix: 'test:', timeoutMs: 5000 };
  const connection = connectRedis(redis, pino({ level: 'silent' }));
  onTestFinished(() => connection.close());
  await connection.untilReady();
  // Redis answers; only what relays say of themselves can’t be read.
  await connection.run((client) => client.set(connection.key('relays:seen'), 'no hash'));
  const config = { relay: { name: 'r', data: dataDir }, apis: [], issuers: [], anomalies: anomaliesSchema.parse({}) };
  let output = '';
  const code = await locksCommand({
    config: config as unknown as LocksPlace['config'],
    redis,
    storage: undefined,
    action: { type: 'list', all: false },
    json: false,
    write: (text) => void (output += text),
  });
  expect([code, output]).toEqual([0, expect.stringContaining('subject-4711')]);
});
