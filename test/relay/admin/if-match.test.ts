import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresActs } from '../../../relay/acts/postgres-acts.ts';
import { writeStoredActs } from '../../../relay/acts/write-stored-acts.ts';
import type { StatePlace } from '../../../relay/administration/state-place.ts';
import type { AccessRequest } from '../../../relay/grants/grant.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { openPostgresGrantStore } from '../../../relay/grants/postgres-grant-store.ts';
import { type Lock, newLock } from '../../../relay/sessions/lock.ts';
import { openLockStore } from '../../../relay/sessions/lock-store.ts';
import { openPostgresLockStore } from '../../../relay/sessions/postgres-locks.ts';
import { readVersions } from '../../../relay/storage/changes.ts';
import { followChanges } from '../../../relay/storage/follow-changes.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage } from '../../support/start-storage.ts';
import { owner, serveApp } from './support/serve-app.ts';

const config = {
  relay: { url: 'https://relay.example' },
  admin: { listen: {} },
  shared_state: { store: 'redis' },
  apis: [],
  issuers: [],
};
const finding = { id: 'f1', rule: 'denial-burst', acknowledged: null as object | null };
const audit = { healthy: true, append: (_record: unknown, done: (error: null) => void) => done(null) };
let served: Awaited<ReturnType<typeof serveApp>>;
let closers: (() => unknown)[] = [];

/** Serves the API over what is kept in a place. */
async function serveOver(state: StatePlace): Promise<void> {
  served = await serveApp(
    {
      config: () => config,
      state: () => state,
      others: null,
      ownState: () => ({ id: 'r1' }),
      reading: { ask: () => Promise.resolve({ ...finding }) },
      audit,
    },
    owner,
  );
  closers.push(() => served.close());
}

async function closeAll(): Promise<void> {
  for (const close of closers.toReversed()) await close();
  closers = [];
}

function newFolder(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'causeway-if-match-'));
  closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

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

const requester = { issuer: 'https://idp.example', subject: 'alice', username: 'alice' };

/** Where locks and requests are kept, and what makes one of each there. */
interface Place {
  addLock(lock: Lock): Promise<void>;
  addRequest(): Promise<AccessRequest>;
}

async function inFolder(): Promise<Place> {
  const dataDir = newFolder();
  await serveOver({ dataDir });
  return {
    async addLock(lock) {
      const store = openLockStore(dataDir);
      await Promise.resolve(store.add([lock], 'lock-added'));
      store.close();
    },
    async addRequest() {
      const store = openGrantStore(dataDir);
      const made = await Promise.resolve(store.request({ ...asked, requester }, Date.now()));
      store.close();
      return made;
    },
  };
}

async function inStorage(): Promise<Place> {
  const server = await startStorage();
  closers.push(() => server.stop());
  const connection = server.connect();
  await connection.untilReady();
  const log = pino({ level: 'silent' });
  const changes = followChanges({ readVersions: () => readVersions(connection), log, pollMs: 20 });
  closers.push(() => changes.close());
  const dataDir = newFolder();
  // What is done is waited for until a relay has it in its audit.
  const acts = writeStoredActs({ acts: openPostgresActs(connection), changes, audit: audit as never, dataDir, log });
  closers.push(() => acts.close());
  await serveOver({ dataDir, storage: server.settings });
  return {
    addLock: (lock) => openPostgresLockStore(connection).add([lock], 'lock-added'),
    addRequest: async () => openPostgresGrantStore(connection).request({ ...asked, requester }, Date.now()),
  };
}

const asked = { api: null, role: 'refunders', reason: 'r', hours: 1 } as const;

async function lockOne(place: Place): Promise<One> {
  const lock = newLock({ type: 'api', api: 'orders' }, { reason: 'r', author: 'dana', untilMs: null }, Date.now());
  await place.addLock(lock);
  const path = `locks/${lock.id}`;
  return {
    path,
    act: `${path}/remove`,
    change: async () => void (await send(`${path}/remove`, undefined, { reason: 'first' })),
  };
}

async function requestOne(place: Place): Promise<One> {
  const { id } = await place.addRequest();
  const path = `access-requests/${id}`;
  return {
    path,
    act: `${path}/refuse`,
    change: async () => void (await send(`${path}/refuse`, undefined, { reason: 'first' })),
  };
}

const things = [
  ['a lock', lockOne],
  ['a request', requestOne],
] as const;

describe.each([
  ['the data folder', true, inFolder],
  ['PostgreSQL', postgresPrograms !== null, inStorage],
] as const)('in %s', { timeout: 120_000 }, (_where, isThere, begin) => {
  describe.runIf(isThere)('kept there', () => {
    let place: Place;
    beforeAll(async () => void (place = await begin()));
    afterAll(closeAll);

    it.each(things)('%s is changed only as it was read', async (_what, make) => {
      const one = await make(place);
      const { tag, status } = await send(one.path);
      expect([status, (await send(one.path)).tag]).toEqual([200, tag]);
      // Somebody else’s tag, a weak one, and none of several.
      for (const wrong of ['"other"', `W/${tag}`, '"a", "b"'])
        expect(await send(one.act, wrong, { reason: 'x' })).toMatchObject(changed);
      await one.change();
      expect((await send(one.path)).tag).not.toBe(tag);
      expect(await send(one.act, tag, { reason: 'late' })).toMatchObject(changed);
      const other = await make(place);
      const known = await send(other.path);
      expect(await send(other.act, `"a", ${known.tag}`, { reason: 'in time' })).toMatchObject({ status: 200 });
    });

    it.each(things)('of many who change %s at once, each as they read it, one does', async (_what, make) => {
      const { path, act } = await make(place);
      const { tag } = await send(path);
      const acted = await Promise.all(
        Array.from({ length: 12 }, (_, index) => send(act, tag, { reason: `try ${index}` })),
      );
      const statuses = acted.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => ![200, 400, 404, 409, 412].includes(status))).toEqual([]);
    });
  });
});

describe('at the API', () => {
  beforeAll(() => serveOver({ dataDir: newFolder() }));
  afterAll(closeAll);

  it('a finding is acknowledged only as it was read', async () => {
    const { tag } = await send('anomalies/f1');
    expect(await send('anomalies/f1/acknowledge', '"other"', { note: 'n' })).toMatchObject(changed);
    finding.acknowledged = { by: 'erin', note: 'mine', atMs: 1 };
    expect(await send('anomalies/f1/acknowledge', tag, { note: 'n' })).toMatchObject(changed);
    finding.acknowledged = null;
    expect(await send('anomalies/f1/acknowledge', tag, { note: 'n' })).toMatchObject({ status: 200 });
  });
});
