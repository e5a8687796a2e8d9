import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { newLock } from '../../../relay/sessions/lock.ts';
import { openLockStore } from '../../../relay/sessions/lock-store.ts';
import { owner, serveApp } from './support/serve-app.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'causeway-if-match-'));
const config = {
  relay: { url: 'https://relay.example' },
  admin: { listen: {} },
  shared_state: { store: 'redis' },
  apis: [],
  issuers: [],
};
const finding = { id: 'f1', rule: 'denial-burst', acknowledged: null as object | null };
let served: Awaited<ReturnType<typeof serveApp>>;

beforeAll(async () => {
  const parts = {
    config: () => config,
    state: () => ({ dataDir }),
    others: null,
    ownState: () => ({ id: 'r1' }),
    reading: { ask: () => Promise.resolve({ ...finding }) },
    audit: { append: (_record: unknown, done: (error: null) => void) => done(null) },
  };
  served = await serveApp(parts, owner);
});
afterAll(() => {
  served?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function send(
  path: string,
  tag?: string,
  body?: object,
): Promise<{ status: number; tag: string; body: unknown }> {
  const headers = {
    authorization: 'Bearer t',
    'content-type': 'application/json',
    ...(tag === undefined ? {} : { 'if-match': tag }),
  };
  const sent = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await fetch(`http://127.0.0.1:${served.port}/admin/v1/${path}`, sent);
  return { status: answer.status, tag: answer.headers.get('etag') ?? '', body: await answer.json() };
}

const changed = { status: 412, body: expect.objectContaining({ code: 'changed-meanwhile' }) };

interface One {
  readonly path: string;
  readonly act: string;
  readonly change: () => Promise<void>;
}

function lockOne(): One {
  const store = openLockStore(dataDir);
  const lock = newLock({ type: 'api', api: 'orders' }, { reason: 'r', author: 'dana', untilMs: null }, Date.now());
  store.add([lock], 'lock-added');
  store.close();
  const path = `locks/${lock.id}`;
  return {
    path,
    act: `${path}/remove`,
    change: async () => void (await send(`${path}/remove`, undefined, { reason: 'first' })),
  };
}

function requestOne(): One {
  const store = openGrantStore(dataDir);
  const requester = { issuer: 'https://idp.example', subject: 'alice', username: 'alice' };
  const { id } = store.request({ requester, api: null, role: 'refunders', reason: 'r', hours: 1 }, Date.now());
  store.close();
  const path = `access-requests/${id}`;
  return {
    path,
    act: `${path}/refuse`,
    change: async () => void (await send(`${path}/refuse`, undefined, { reason: 'first' })),
  };
}

it.each([
  ['a lock', lockOne],
  ['a request', requestOne],
])('%s is changed only as it was read', { timeout: 60_000 }, async (_what, make) => {
  const one = make();
  const { tag, status } = await send(one.path);
  expect([status, (await send(one.path)).tag]).toEqual([200, tag]);
  // Somebody else’s tag, a weak one, and none of several.
  for (const wrong of ['"other"', `W/${tag}`, '"a", "b"'])
    expect(await send(one.act, wrong, { reason: 'x' })).toMatchObject(changed);
  await one.change();
  expect((await send(one.path)).tag).not.toBe(tag);
  expect(await send(one.act, tag, { reason: 'late' })).toMatchObject(changed);
  const other = make();
  const known = await send(other.path);
  expect(await send(other.act, `"a", ${known.tag}`, { reason: 'in time' })).toMatchObject({ status: 200 });
});

it.each([
  ['a lock', lockOne],
  ['a request', requestOne],
])('of many who change %s at once, each as they read it, one does', { timeout: 60_000 }, async (_what, make) => {
  const { path, act } = make();
  const { tag } = await send(path);
  const acted = await Promise.all(Array.from({ length: 12 }, (_, index) => send(act, tag, { reason: `try ${index}` })));
  const statuses = acted.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => ![200, 400, 404, 409, 412].includes(status))).toEqual([]);
});

it('a finding is acknowledged only as it was read', async () => {
  const { tag } = await send('anomalies/f1');
  expect(await send('anomalies/f1/acknowledge', '"other"', { note: 'n' })).toMatchObject(changed);
  finding.acknowledged = { by: 'erin', note: 'mine', atMs: 1 };
  expect(await send('anomalies/f1/acknowledge', tag, { note: 'n' })).toMatchObject(changed);
  finding.acknowledged = null;
  expect(await send('anomalies/f1/acknowledge', tag, { note: 'n' })).toMatchObject({ status: 200 });
});

it('relays that share Redis alone say that they don’t know each other', async () => {
  expect(await send('relays')).toMatchObject({
    status: 200,
    body: { relays: [{ id: 'r1' }], unreadable: expect.stringContaining('Redis alone') },
  });
});
