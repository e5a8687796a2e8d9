import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTasks, type ReadPlace } from '../../../relay/admin/read-tasks.ts';
import { decideAccessRequest, giveGrant } from '../../../relay/administration/access-requests.ts';
import { addLock } from '../../../relay/administration/locks.ts';
import { revokePerson } from '../../../relay/administration/revoke-person.ts';
import { endThese } from '../../../relay/administration/sessions.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { openPostgresGrantStore } from '../../../relay/grants/postgres-grant-store.ts';
import { postgresUsage } from '../../../relay/reports/postgres-usage.ts';
import { openUsageStore } from '../../../relay/reports/sqlite-usage.ts';
import { openPostgresSessionStore } from '../../../relay/sessions/postgres-session-store.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage, type StorageServer } from '../../support/start-storage.ts';
import { append, silent } from '../audit/audit-fixtures.ts';
import { decision } from '../audit/audit-records.ts';
import { sessionOf } from '../sessions/session-store-contract.ts';

const issuer = 'https://idp.example';
const alice = { issuer, subject: 'a', username: 'alice' };
const by = { author: 'dana (admin API)', person: { issuer, subject: 'd' }, reason: 'Ticket 1' };
const hour = 3_600_000;

const config = {
  relay: { name: 'A', url: 'https://relay.example', data: 'data', listen: { port: 0 }, tls: { cert: 'c', key: 'k' } },
  issuers: [{ name: 'Example', issuer, client_id: 'x', audience: 'https://relay.example' }],
  apis: [
    {
      id: 'orders',
      name: 'Orders',
      upstream: 'http://127.0.0.1:1',
      access_requests: { roles: ['refunders'], approvers: ['boss'], max_hours: 8 },
      rules: [{ name: 'read', groups: ['developers'], methods: ['GET'] }],
    },
    { id: 'payroll', name: 'Payroll', upstream: 'http://127.0.0.1:1', rules: [{ name: 'hr', groups: ['hr'] }] },
  ],
};

describe.each(['SQLite', 'PostgreSQL'] as const)('people and grants in %s', (kind) => {
  const isHere = kind === 'SQLite' || postgresPrograms !== null;
  describe.runIf(isHere)('as operators see them', () => {
    let dir: string;
    let storage: StorageServer | undefined;
    let place: ReadPlace;
    const nowMs = Date.now();

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'causeway-people-'));
      const dataDir = join(dir, 'data');
      mkdirSync(dataDir, { mode: 0o700 });
      writeFileSync(join(dir, 'relay.yaml'), stringify(config), { mode: 0o600 });
      const loaded = await loadConfig(join(dir, 'relay.yaml'), { files: 'skip' });
      if (kind === 'PostgreSQL') storage = await startStorage();
      const shared = storage === undefined ? null : { postgres: storage.settings, relay: 'r-one' };
      place = { config: loaded.config, counts: { dataDir, shared }, state: { dataDir, storage: storage?.settings } };

      const sessions = [
        sessionOf('s1', { lastUsedAtMs: nowMs - 1000, issuedAtMs: nowMs - hour }),
        sessionOf('s2', { lastUsedAtMs: nowMs - 2000, issuedAtMs: nowMs - hour }),
        sessionOf('s3', { subject: 'b', username: 'bob', lastUsedAtMs: nowMs - 500, issuedAtMs: nowMs - hour }),
      ];
      const local = openSessionStore(dataDir);
      await (storage === undefined ? local : openPostgresSessionStore(storage.connect())).put(sessions);
      local.close();
      const audit = await createAuditLog({ dataDir, log: silent });
      const record = decision('r1');
      if (record.type !== 'decision') throw new Error('It is a decision.');
      const caller = { ...record.caller, ...alice, groups: ['developers'] };
      await append(audit, { ...record, timeMs: nowMs, api: 'orders', caller });
      await audit.close();
    }, 60_000);
    afterAll(async () => {
      await storage?.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    it('are people, last seen first, by part of a name, with locks', async () => {
      await addLock(place.state, { type: 'person', who: 'BOB', issuer: null }, { ...by, untilMs: null }, nowMs);
      const { people, next } = await readTasks.people(place, { cursor: null, limit: 1 });
      expect(people).toMatchObject([{ username: 'bob', sessions: 1, locked: true }]);
      const more = await readTasks.people(place, { cursor: next, limit: 1 });
      expect(more).toMatchObject({ people: [{ username: 'alice', sessions: 2, locked: false }], next: null });
      expect((await readTasks.people(place, { text: 'LI', cursor: null, limit: 9 })).people).toHaveLength(1);
      await expect(readTasks.person(place, 'nobody')).rejects.toMatchObject({ code: 'bad-input' });
    });

    it('are grants: given, for what the config offers, to others, for so long', async () => {
      const give = (given: object, who = by): ReturnType<typeof giveGrant> =>
        giveGrant(place.state, place.config, { to: alice, api: 'orders', role: 'refunders', ...given }, who, nowMs);
      await expect(give({ role: 'admins' })).rejects.toMatchObject({ code: 'bad-input' });
      await expect(give({ api: 'payroll' })).rejects.toMatchObject({ code: 'bad-input' });
      await expect(give({ hours: 9 })).rejects.toMatchObject({ code: 'bad-input' });
      await expect(give({}, { ...by, reason: ' ' })).rejects.toMatchObject({ code: 'bad-input' });
      await expect(give({}, { ...by, person: { issuer, subject: 'a' } })).rejects.toMatchObject({
        code: 'policy-denied',
      });
      const { request } = await give({ hours: 2 });
      expect(request).toMatchObject({ status: 'approved', decidedBy: by.author, expiresAtMs: nowMs + 2 * hour });
    });

    it('are grants: approved for less than was asked, not for more', async () => {
      const dataDir = place.state.dataDir;
      const local = openGrantStore(dataDir);
      const store = storage === undefined ? local : openPostgresGrantStore(storage.connect());
      const asked = { requester: alice, api: 'orders', role: 'refunders', reason: 'Refund', hours: 6 };
      const { id } = await store.request(asked, nowMs + 1);
      await expect(
        decideAccessRequest(place.state, id, 'approved', { ...by, hours: 7 }, nowMs + 2),
      ).rejects.toMatchObject({ code: 'bad-input' });
      const decided = await decideAccessRequest(place.state, id, 'approved', { ...by, hours: 4 }, nowMs + 2);
      expect(decided.request).toMatchObject({ hours: 4, expiresAtMs: nowMs + 2 + 4 * hour });
      const other = await store.request({ ...asked, api: null, hours: 1 }, nowMs + 3);
      await decideAccessRequest(place.state, other.id, 'refused', { ...by, hours: 9 }, nowMs + 4);
      local.close();
    });

    it.each([
      ['active', {}, [2, 4]],
      ['ending', { withinHours: 3 }, [2]],
      ['ending', { withinHours: 1 }, []],
      ['unused', {}, [2, 4]],
      ['over', {}, []],
      ['all', { limit: 1 }, [2]],
      ['active', { person: 'ALICE', api: 'orders' }, [2, 4]],
      ['active', { api: 'payroll' }, []],
    ] as const)('are grants that are %s with %j', async (state, more, hours) => {
      const query = { state, withinHours: 24, limit: 10, ...more };
      const { items } = await readTasks.grants(place, query);
      expect(items.map((grant) => grant.hours)).toEqual(hours);
    });

    it('are requests for access, page by page', async () => {
      const first = await readTasks.accessRequests(place, { limit: 2 });
      expect(first.items.map(({ status }) => status)).toEqual(['refused', 'approved']);
      const second = await readTasks.accessRequests(place, { limit: 2, cursor: first.next ?? '' });
      expect(second).toMatchObject({ items: [{ hours: 2 }], next: null });
    });

    it('are one person with all that is known', async () => {
      const seen = await readTasks.person(place, 'alice');
      expect(seen).toMatchObject({
        person: { ...alice, kind: 'person', provider: 'Example' },
        locks: [],
        sessions: [{ id: 's1' }, { id: 's2' }],
        grants: [{ status: 'refused' }, { hours: 4 }, { hours: 2 }],
      });
      // Where relays share a storage, the audit of this folder gets there with the relay that runs on it.
      if (kind === 'SQLite')
        expect(seen).toMatchObject({
          groups: { names: ['developers'] },
          apis: [
            { id: 'orders', access: 'open', level: 'read' },
            { id: 'payroll', access: 'locked' },
          ],
          usage: { rows: [{ api: 'orders', requests: 1, denied: 0 }] },
        });
      const bob = await readTasks.person(place, 'b');
      expect(bob.locks).toMatchObject([{ target: { type: 'person', who: 'BOB' } }]);
    });

    it('are sessions that end one by one, and with all sign-ins of the person', async () => {
      const list = async (all = false): Promise<readonly (readonly [string, string | undefined])[]> =>
        (await readTasks.sessions(place, { filter: {}, all, limit: 10 })).sessions.map(({ id, ended }) => [
          id,
          ended?.reason,
        ]);
      await expect(readTasks.sessionsToEnd(place, {})).rejects.toMatchObject({ code: 'bad-input' });
      const found = await readTasks.sessionsToEnd(place, { session: 's2' });
      await endThese(place.state, found, by, nowMs);
      expect(await list()).toEqual([
        ['s3', undefined],
        ['s1', undefined],
      ]);
      const operator = { user: 'dana (admin API)', sudoUser: null };
      await revokePerson(place.state, { who: 'a', issuer, operator, reason: 'Left' }, nowMs);
      expect(await list()).toEqual([['s3', undefined]]);
      expect(await list(true)).toEqual([
        ['s3', undefined],
        ['s1', 'Left'],
        ['s2', 'Ticket 1'],
      ]);
    });

    it('are what waits, what was found, and an API that somebody used', async () => {
      expect(await readTasks.state(place, nowMs)).toMatchObject({
        accessRequestsWaiting: 0,
        anomaliesUnacknowledged: 0,
        emergencySignIns: [],
        day: { relays: expect.any(Number) },
        unreadable: null,
      });
      const { hours } = (await readTasks.state(place, nowMs)).day ?? { hours: [] };
      expect(hours.reduce((sum, { requests }) => sum + requests, 0)).toBe(1);
      expect(await readTasks.apiUse(place, 'orders')).toMatchObject({
        requests: 1,
        people: 1,
        byPerson: [{ username: 'alice', requests: 1, denied: 0 }],
      });
      await expect(readTasks.apiUse(place, 'nosuch')).rejects.toMatchObject({ code: 'bad-input' });
      expect(await readTasks.findings(place, { limit: 10 })).toEqual({ findings: [], next: null });
      expect(await readTasks.finding(place, 'nosuch')).toBeNull();
    });

    it('are counted once, wherever they are counted to', async () => {
      const usage =
        storage === undefined ? openUsageStore(place.state.dataDir) : postgresUsage(storage.connect(), 'r-one');
      const [total] = await usage.usage({ fromHour: 0, toHour: 1e9 }, ['person'], {});
      expect(total).toMatchObject({ person: alice, requests: 1 });
      await usage.close();
    });
  });
});
