import { mkdtempSync, readdirSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { explain } from '../../../relay/commands/explain.ts';
import {
  locksCommand,
  type LocksCommandOptions,
  type LocksPlace,
  type LockTargetFlags,
} from '../../../relay/commands/locks.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { type Lock, type LockTarget, newLock } from '../../../relay/sessions/lock.ts';
import { type LockedCaller, locksInForce } from '../../../relay/sessions/locks-in-force.ts';
import { isNews, openLockStore, readLocks } from '../../../relay/sessions/lock-store.ts';
import { sessionIdOf } from '../../../relay/sessions/session-identity.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

const startMs = 1_700_000_000_000;
const said = { reason: 'Laptop stolen', author: 'root (command line)', untilMs: null };
const issuer = 'https://idp.example';
const device = { id: 'd1', name: 'Alices-Laptop', system: 'linux', appVersion: '1.0.0' };
const identity = {
  issuer,
  subject: 'u-1',
  username: 'alice',
  email: 'Alice@Example.com',
  groups: ['developers', '/finance'],
  providerSessionId: undefined,
  jkt: 'key-1',
  issuedAtMs: startMs,
};
const alice: LockedCaller = { identity, device, tunnelId: 'tunnel-1', address: '192.0.2.7' };
const session = sessionIdOf(identity, null) ?? '';

describe('a lock', () => {
  it.each<[string, LockTarget, Partial<LockedCaller>]>([
    ['everything', { type: 'everything' }, {}],
    ['the user name, in other letters', { type: 'person', who: 'ALICE', issuer: null }, {}],
    ['the subject', { type: 'person', who: 'u-1', issuer }, {}],
    ['the mail address', { type: 'person', who: 'alice@example.com', issuer: null }, {}],
    ['the session', { type: 'session', session }, {}],
    ['the session, before its device is known', { type: 'session', session }, { device: null }],
    ['the tunnel that the audit names', { type: 'session', session: 'tunnel-1' }, {}],
    ['the id of the device', { type: 'device', device: 'd1' }, {}],
    ['the name of the device, in other letters', { type: 'device', device: 'alices-laptop' }, {}],
    ['a group', { type: 'group', group: '/finance' }, {}],
    ['the API', { type: 'api', api: 'orders' }, {}],
    ['the address', { type: 'address', network: '192.0.2.7' }, {}],
    ['the network', { type: 'address', network: '192.0.0.0/16' }, {}],
  ])('on %s shuts out', (_what, target, changes) => {
    const locks = locksInForce(() => startMs);
    locks.put([newLock(target, said, startMs)]);
    expect(locks.of({ ...alice, ...changes }, 'orders')?.target).toEqual(target);
  });

  it.each<[string, LockTarget]>([
    ['another person', { type: 'person', who: 'bob', issuer: null }],
    ['the same name at another issuer', { type: 'person', who: 'alice', issuer: 'https://other.example' }],
    ['part of the name', { type: 'person', who: 'ali', issuer: null }],
    ['another session', { type: 'session', session: 's0' }],
    ['another device', { type: 'device', device: 'd2' }],
    ['a group of another name', { type: 'group', group: 'finance' }],
    ['another API', { type: 'api', api: 'payroll' }],
    ['another address', { type: 'address', network: '192.0.2.8' }],
    ['the sign-in of a session, which isn’t a lock', { type: 'sign-in', session, endedBy: 'person' }],
  ])('on %s doesn’t', (_what, target) => {
    const locks = locksInForce(() => startMs);
    locks.put([newLock(target, said, startMs)]);
    expect(locks.of(alice, 'orders')).toBeNull();
  });

  it.each<[string, Partial<Lock>, number]>([
    ['is over', { untilMs: startMs + 10 }, 10],
    ['was removed', { removed: { by: 'root', reason: 'found', atMs: startMs } }, 0],
  ])('that %s doesn’t', (_what, changes, afterMs) => {
    let nowMs = startMs;
    const locks = locksInForce(() => nowMs);
    const lock = { ...newLock({ type: 'everything' }, said, startMs), ...changes };
    locks.put([lock]);
    nowMs += afterMs;
    expect(locks.of(alice, 'orders')).toBeNull();
  });

  it('is only ever changed by its removal, whoever tells of it first', () => {
    const lock = newLock({ type: 'everything' }, said, startMs);
    const removed = { ...lock, removed: { by: 'root', reason: 'over', atMs: startMs } };
    expect([isNews(null, lock), isNews(lock, lock), isNews(lock, removed), isNews(removed, lock)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('a session’s end', () => {
  const ended = (target: string): Lock =>
    newLock({ type: 'sign-in', session: target, endedBy: 'administrator' }, said, startMs);
  const unbound = { ...identity, jkt: undefined };
  it.each<[string, LockedCaller, string, boolean]>([
    ['a later token of the same key', { ...alice, identity: { ...identity, issuedAtMs: startMs + 9 } }, session, true],
    ['the key of another sign-in', { ...alice, identity: { ...identity, jkt: 'key-2' } }, session, false],
    ['another person with the same key', { ...alice, identity: { ...identity, subject: 'u-2' } }, session, false],
    ['an unbound token from before', { ...alice, identity: unbound }, sessionIdOf(unbound, device) ?? '', true],
    [
      'an unbound token from later: the sign-in may be another',
      { ...alice, identity: { ...unbound, issuedAtMs: startMs + 9 } },
      sessionIdOf(unbound, device) ?? '',
      false,
    ],
    [
      'an unbound token whose time isn’t known',
      { ...alice, identity: { ...unbound, issuedAtMs: undefined } },
      sessionIdOf(unbound, device) ?? '',
      true,
    ],
    [
      'an unbound token on no known device',
      { identity: unbound, device: null },
      sessionIdOf(unbound, device) ?? '',
      false,
    ],
  ])('of %s', (_what, caller, target, counts) => {
    const locks = locksInForce(() => startMs);
    locks.put([ended(target)]);
    expect(locks.endOf(caller) !== null).toBe(counts);
  });
});

let echo: EchoUpstream;
let world: PipelineWorld;
let config: LocksPlace['config'];
const streams: (() => void)[] = [];

beforeAll(async () => {
  echo = await startEcho({
    answer: async ({ response }, { target }) => {
      if (!target.startsWith('/stream')) return false;
      response.write('first');
      await new Promise<void>((resolve) => streams.push(resolve));
      response.end();
      return true;
    },
  });
  const rules = [{ name: 'everybody', groups: ['*'] }];
  world = await startPipelineWorld({
    apis: [
      { id: 'orders', name: 'Orders', upstream: echo.url, rules },
      {
        id: 'files',
        name: 'Files',
        upstream: echo.url,
        rules,
        access_requests: { roles: ['auditors'], approvers: ['leads'] },
      },
    ],
  });
  ({ config } = await loadConfig(world.configPath, { files: 'skip' }));
});

afterAll(async () => {
  for (const end of streams) end();
  await world?.close();
  await echo?.close();
});

async function command(action: LocksCommandOptions['action'], now?: () => number): Promise<[number, string]> {
  let output = '';
  const code = await locksCommand({
    config,
    action,
    json: true,
    write: (text) => (output += text),
    ...(now ? { now } : {}),
  });
  return [code, output];
}

async function add(target: LockTargetFlags, untilMs: number | null = null): Promise<Lock> {
  const [code, output] = await command({ type: 'add', target, reason: 'An incident', untilMs });
  expect(code, output).toBe(0);
  return JSON.parse(output) as Lock;
}

async function remove({ id }: Lock): Promise<void> {
  expect((await command({ type: 'remove', id, reason: 'Cleared' }))[0]).toBe(0);
}

const call = (api: string): Promise<Response> => fetch(`http://127.0.0.1:${world.port(api)}/x`);
const patient = { timeout: 20_000, interval: 50 };

describe('relay locks', () => {
  it.each<[string, LocksCommandOptions['action'], string]>([
    ['nothing', { type: 'add', target: {}, reason: 'r', untilMs: null }, 'exactly one thing'],
    [
      'two things',
      { type: 'add', target: { person: 'a', group: 'b' }, reason: 'r', untilMs: null },
      'exactly one thing',
    ],
    [
      'an API that there isn’t',
      { type: 'add', target: { api: 'order' }, reason: 'r', untilMs: null },
      'no API “order”',
    ],
    [
      'an issuer that there isn’t',
      { type: 'add', target: { person: 'a', issuer: 'x' }, reason: 'r', untilMs: null },
      'no issuer “x”',
    ],
    [
      'an issuer without a person',
      { type: 'add', target: { group: 'a', issuer: 'x' }, reason: 'r', untilMs: null },
      '--issuer',
    ],
    ['an empty name', { type: 'add', target: { person: '' }, reason: 'r', untilMs: null }, 'between 1 and 500'],
    ['no reason', { type: 'add', target: { person: 'a' }, reason: ' ', untilMs: null }, 'reason is empty'],
    ['an end in the past', { type: 'add', target: { person: 'a' }, reason: 'r', untilMs: 1 }, 'must be later than now'],
    ['a removal of what there isn’t', { type: 'remove', id: 'nothing', reason: 'r' }, 'No lock “nothing”'],
  ])('refuses %s, and adds nothing', async (_what, action, words) => {
    const [code, output] = await command(action);
    expect([code, output]).toEqual([2, expect.stringContaining(words)]);
    expect((await command({ type: 'list', all: true }))[1]).toBe('');
  });

  it.each<[string, LockTargetFlags, string]>([
    ['a person who was here', { person: 'ALICE' }, ''],
    ['a person who wasn’t', { person: 'alic' }, 'No session so far goes by this name.'],
    ['a device that there isn’t', { device: 'headles' }, 'No session so far goes by this name.'],
    ['a session that there isn’t', { session: 's9' }, 'No session has this id so far;'],
    ['a group', { group: 'nobody' }, ''],
  ])('on %s says whether anybody is known by that name', async (_what, target, words) => {
    let output = '';
    const write = (text: string): void => void (output += text);
    const action = { type: 'add', target, reason: 'r', untilMs: Date.now() + 3_600_000 } as const;
    expect(await locksCommand({ config, action, json: false, write })).toBe(0);
    const [line = '', ...others] = output.trimEnd().split('\n');
    expect(others.join('\n')).toMatch(new RegExp(`^${words}`));
    expect(others).toHaveLength(words === '' ? 0 : 1);
    expect((await command({ type: 'remove', id: /^\S+/.exec(line)?.[0] ?? '', reason: 'Cleared' }))[0]).toBe(0);
    await vi.waitFor(async () => expect((await call('orders')).status).toBe(200), patient);
  });

  it.each<[string, LockTargetFlags, string]>([
    ['a person', { person: 'alice' }, 'your access'],
    ['a device', { device: 'headless' }, 'this device'],
    ['a group', { group: 'developers' }, 'the group developers'],
    ['an API', { api: 'orders' }, 'this API'],
    ['everything', { everything: true }, 'all access'],
  ])(
    'on %s refuses requests of open tunnels with reason and end, and lets them again',
    async (_what, target, words) => {
      const untilMs = Date.now() + 3_600_000;
      const lock = await add(target, untilMs);
      await vi.waitFor(async () => expect((await call('orders')).status).toBe(403), patient);
      const answer = await call('orders');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(3000);
      const detail = `An administrator has locked ${words.startsWith('the') ? 'access of ' : ''}${words} until ${new Date(untilMs).toISOString()}: An incident`;
      expect(await answer.json()).toMatchObject({ code: 'locked', detail, rule: `lock:${lock.id}` });
      expect(world.decisions(1)[0]?.record).toMatchObject({ effect: 'deny', rule: `lock:${lock.id}`, reason: detail });
      const isOpen = (await call('files')).status;
      expect(isOpen).toBe('api' in target ? 200 : 403);
      await remove(lock);
      await vi.waitFor(async () => expect((await call('orders')).status).toBe(200), patient);
    },
  );

  it('cuts off a stream that is open, and leaves another API’s', async () => {
    const [locked, other] = await Promise.all([stream('orders'), stream('files')]);
    const lock = await add({ api: 'orders' });
    await expect(locked.end).resolves.toBe('cut');
    expect(other.response.complete).toBe(false);
    expect(other.response.destroyed).toBe(false);
    await waitFor(() =>
      expect(world.decisions(10).map(({ outcome }) => outcome?.detail)).toContainEqual(
        expect.stringContaining('locked this API'),
      ),
    );
    for (const end of streams.splice(0)) end();
    await expect(other.end).resolves.toBe('whole');
    await remove(lock);
  });

  it('on somebody who has never been here counts at their first sign-in, and leaves others alone', async () => {
    const lock = await add({ person: 'bob' });
    const [bobs, token] = await Promise.all(['bob', 'alice'].map((user) => world.idp.mintAccessToken({ user })));
    const ask = (path: string, bearer = token): Promise<Response> =>
      fetch(`${world.relayUrl}${path}`, { headers: { authorization: `Bearer ${bearer}` } });
    await vi.waitFor(async () => expect((await ask('/v1/catalog', bobs)).status).toBe(403), patient);
    await vi.waitFor(async () => expect((await call('orders')).status).toBe(200), patient);
    expect((await ask('/v1/catalog')).status).toBe(200);
    await remove(lock);
    const own = await add({ person: 'alice' });
    await vi.waitFor(async () => expect((await ask('/v1/catalog')).status).toBe(403), patient);
    // As codes, too, so that the app says it in the person’s language.
    const reasons = [{ code: 'locked-why', values: { what: { and: [{ code: 'lock-person' }] } } }];
    for (const path of ['/v1/catalog', '/v1/access-requests'])
      expect(await (await ask(path)).json()).toMatchObject({ code: 'locked', reasons });
    await remove(own);
    await vi.waitFor(async () => expect((await ask('/v1/catalog')).status).toBe(200), patient);
  });

  it('ends by itself', async () => {
    await add({ group: 'developers' }, Date.now() + 5000);
    await vi.waitFor(async () => expect((await call('orders')).status).toBe(403), patient);
    await vi.waitFor(async () => expect((await call('orders')).status).toBe(200), patient);
  });

  it('on a person ends the grants of that person, and no other', async () => {
    const grants = openGrantStore(world.dataDir);
    const ask = { api: 'files', role: 'auditors', reason: 'Audit', hours: 1 };
    const of = (subject: string, username: string): string => {
      const { id } = grants.request({ ...ask, requester: { issuer: world.idp.issuer, subject, username } }, Date.now());
      return grants.decide(id, 'approved', 'lead', '', Date.now()).id;
    };
    const [carols, bobs] = [of('u-carol', 'carol'), of('u-bob', 'bob')];
    const lock = await add({ person: 'carol' });
    await vi.waitFor(() => expect(grants.find(carols)?.status).toBe('revoked'), patient);
    expect(grants.find(bobs)?.status).toBe('approved');
    const later = of('u-carol', 'carol');
    await vi.waitFor(() => expect(grants.find(later)?.status).toBe('revoked'), patient);
    await remove(lock);
    grants.close();
  });

  it('is in the audit with operator and reason, when it came and when it went', async () => {
    const lock = await add({ person: 'dave' });
    await remove(lock);
    const acts = (): unknown[] =>
      queryAudit(world.dataDir, { limit: 100 })
        .map(({ record }) => record)
        .filter((record) => record.type === 'lock' && record.lock === lock.id);
    await vi.waitFor(() => expect(acts()).toHaveLength(2), patient);
    const operator = expect.stringContaining('(command line)');
    expect(acts()).toMatchObject([
      { event: 'lock-removed', operator, reason: 'Cleared', target: 'the person dave' },
      { event: 'lock-added', operator, reason: 'An incident', target: 'the person dave' },
    ]);
  });

  it('is known to explain, which says that rules come after it', async () => {
    const lock = await add({ group: 'developers' });
    let output = '';
    const asked = { configPath: world.configPath, method: 'GET', url: 'https://orders/x', json: false };
    const write = (text: string): void => void (output += text);
    expect(await explain({ ...asked, groups: ['developers'], write })).toBe(3);
    expect(output).toContain('Denied. An administrator has locked access of the group developers');
    expect(output).toContain('the end of the lock');
    expect(await explain({ ...asked, groups: ['others'], write })).toBe(0);
    await remove(lock);
  });
});

describe('the store of locks', () => {
  it('refuses a folder of a newer relay, and says so', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'causeway-locks-'));
    openLockStore(dataDir).close();
    const database = new DatabaseSync(join(dataDir, 'sessions.sqlite'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => openLockStore(dataDir)).toThrow('made by a newer relay (its schema has version 99');
  });

  it('reads none, and makes nothing, where no relay has kept any', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'causeway-locks-'));
    expect(readLocks(dataDir, startMs)).toEqual([]);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('tells the locks of a time in the past, also those that were removed since', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'causeway-locks-'));
    const store = openLockStore(dataDir);
    const lock = newLock({ type: 'everything' }, said, startMs);
    store.add([lock], 'lock-added');
    store.remove(lock.id, 'root', 'over', startMs + 10);
    store.close();
    const inForceAt = (atMs: number): number => {
      const read = readLocks(dataDir, atMs);
      return read === 'unreadable' ? -1 : read.filter(({ removed }) => removed === null).length;
    };
    expect([startMs - 1, startMs + 5, startMs + 10].map(inForceAt)).toEqual([0, 1, 0]);
  });

  it('drops what isn’t a lock, also from another relay', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'causeway-locks-'));
    const store = openLockStore(dataDir);
    store.add([newLock({ type: 'everything' }, said, startMs)], 'lock-added');
    const database = new DatabaseSync(join(dataDir, 'sessions.sqlite'));
    database.exec(`INSERT INTO lock VALUES ('x', 'no JSON'), ('y', '{"id":"y"}')`);
    database.close();
    expect(store.list().map(({ target }) => target.type)).toEqual(['everything']);
    store.close();
  });
});

async function stream(api: string): Promise<{ response: IncomingMessage; end: Promise<'cut' | 'whole'> }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(`http://127.0.0.1:${world.port(api)}/stream`, resolve)
      .on('error', reject)
      .end();
  });
  const end = new Promise<'cut' | 'whole'>((resolve) => {
    response.once('close', () => resolve(response.complete ? 'whole' : 'cut')).on('error', () => undefined);
  });
  await new Promise((resolve) => response.once('data', resolve));
  return { response, end };
}
