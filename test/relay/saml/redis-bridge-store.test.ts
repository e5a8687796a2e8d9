import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BridgeStore } from '../../../relay/saml/bridge-store.ts';
import { openRedisBridgeStore } from '../../../relay/saml/redis-bridge-store.ts';
import { openRedisBridgeKeys } from '../../../relay/saml/redis-bridge-keys.ts';
import { connectRedis, type RedisConnection } from '../../../relay/shared-state/redis-connection.ts';
import { createSeal } from '../../../relay/shared-state/seal.ts';
import { redisProgram, type RedisServer, startRedis } from '../../support/start-redis.ts';

const log = pino({ level: 'silent' });
const seal = createSeal(randomBytes(32));
const endMs = Date.now() + 600_000;

describe.runIf(redisProgram !== null)('the bridge’s store in Redis', { timeout: 120_000 }, () => {
  let server: RedisServer;
  let redis: RedisConnection;
  let stores: readonly BridgeStore[];

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis({ url: server.url, prefix: 'test', timeoutMs: 5000 }, log);
    await redis.untilReady();
    stores = [1, 2].map(() => openRedisBridgeStore({ redis, seal, log, now: Date.now, maxOpen: 20 }));
  });
  afterAll(async () => {
    redis?.close();
    await server?.stop();
  });
  const at = (index: number): BridgeStore => stores[index] as BridgeStore;

  it('gives what is taken to exactly one of many callers', async () => {
    await at(0).put('SamlTicket', 'a', { uid: '1' }, endMs);
    const taken = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => at(index % 2).take('SamlTicket', 'a')),
    );
    expect(taken.filter((payload) => payload !== undefined)).toEqual([{ uid: '1' }]);
  });

  it('takes an ID once, until it may be forgotten', async () => {
    const added = await Promise.all([0, 1, 0, 1].map(async (index) => at(index).addOnce('SamlAssertion', '_a', endMs)));
    expect(added.filter(Boolean)).toHaveLength(1);
    expect(await at(0).addOnce('SamlAssertion', '_short', Date.now() + 200)).toBe(true);
    await expect.poll(() => at(1).addOnce('SamlAssertion', '_short', endMs)).toBe(true);
  });

  it('forgets what has ended', async () => {
    await at(0).put('SamlTicket', 'short', { uid: '1' }, Date.now() + 200);
    await expect.poll(() => at(1).get('SamlTicket', 'short')).toBeUndefined();
  });

  it('ends a session with its grants, tokens and cookie, and no other', async () => {
    for (const [session, grant] of [
      ['s1', 'g1'],
      ['s2', 'g2'],
    ] as const) {
      await at(0).put('Session', `cookie-${session}`, { uid: session, accountId: 'p', jti: 'x' }, endMs);
      await at(0).put('Grant', grant, { accountId: 'p' }, endMs);
      await at(0).put('RefreshToken', `token-${session}`, { grantId: grant, sessionUid: session }, endMs);
      await at(0).put('AuthorizationCode', `code-${session}`, { grantId: grant, sessionUid: session }, endMs);
      await at(0).put('SamlSession', session, { lookup: 'p-4711', session }, endMs);
    }
    await at(1).deleteSession('s1');
    const left = (session: string, grant: string) =>
      Promise.all([
        at(0).get('Session', `cookie-${session}`),
        at(0).findByUid('Session', session),
        at(0).get('Grant', grant),
        at(0).get('RefreshToken', `token-${session}`),
        at(0).get('AuthorizationCode', `code-${session}`),
      ]);
    expect(await left('s1', 'g1')).toEqual(Array.from({ length: 5 }));
    expect(await left('s2', 'g2')).not.toContain(undefined);
    await at(1).delete('SamlSession', 's1');
    expect(await at(0).findByIndex('SamlSession', 'p-4711')).toMatchObject([{ session: 's2' }]);
    await at(0).deleteGrant('g2');
    expect(await at(1).get('RefreshToken', 'token-s2')).toBeUndefined();
    expect(await at(1).get('Session', 'cookie-s2')).toBeDefined();
  });

  it('stays bounded when strangers begin sign-ins, and keeps those who signed in', async () => {
    await at(0).put('Session', 'mine', { uid: 'mine' }, Date.now() + 60_000);
    await at(0).put('Session', 'mine', { uid: 'mine', accountId: 'p' }, Date.now() + 60_000);
    for (let index = 0; index < 30; index += 1)
      await at(index % 2).put('Session', `stranger-${index}`, { uid: `u${index}` }, endMs + index);
    expect(await at(0).get('Session', 'mine')).toBeDefined();
    expect(await at(0).get('Session', 'stranger-0')).toBeUndefined();
    expect(await at(0).get('Session', 'stranger-29')).toBeDefined();
  });

  it('takes no row that was moved, changed or made by others', async () => {
    await at(0).put('SamlAccount', 'alice', { claims: { groups: ['developers'] } }, endMs);
    await at(0).put('SamlAccount', 'mallory', { claims: { groups: [] } }, endMs);
    const client = await createClient({ url: server.url }).connect();
    const rows = await client.keys('test:saml:row:SamlAccount:*');
    const [one = '', other = ''] = rows;
    const [first, second] = [String(await client.get(one)), String(await client.get(other))];
    await client.set(one, second);
    await client.set(other, `${first.slice(0, -2)}AA`);
    for (const account of ['alice', 'mallory']) expect(await at(0).get('SamlAccount', account)).toBeUndefined();
    for (const forged of ['', 'x', Buffer.from('{"claims":{}}').toString('base64url')]) {
      await client.set(one, forged);
      expect(await at(0).get('SamlAccount', 'alice')).toBeUndefined();
    }
    client.destroy();
  });

  it('gives all relays the same keys, also when they start at once, and a Redis that lost them gets them back', async () => {
    let nowMs = Date.now();
    const open = () => openRedisBridgeKeys(redis, seal, () => nowMs);
    const [first, second] = await Promise.all([open(), open()]);
    expect(first.current()).toEqual(second.current());
    nowMs += 29 * 86_400_000;
    const changed = await Promise.all([first.rotate(), second.rotate()]);
    expect(changed).toEqual([true, true]);
    expect(first.current()).toEqual(second.current());
    expect(first.current()?.jwks).toHaveLength(2);
    await redis.run((client) => client.flushAll());
    expect(await second.rotate()).toBe(false);
    expect((await open()).current()).toEqual(first.current());
    await expect(openRedisBridgeKeys(redis, createSeal(randomBytes(32)), () => nowMs)).rejects.toThrow(
      'another secret',
    );
  });
});
