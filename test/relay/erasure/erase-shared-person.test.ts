import { generateKeyPairSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openSharedWatch } from '../../../relay/anomalies/shared-watch.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { makeIndexSecret } from '../../../relay/audit/keys/shared-key-tables.ts';
import type { AuditFilters } from '../../../relay/audit/reading/audit-query.ts';
import { createIndexKeeper } from '../../../relay/audit/shared/keep-index.ts';
import { openSharedSource } from '../../../relay/audit/shared/shared-source.ts';
import { auditInDatabase } from '../../../relay/audit/shared/start-database-worker.ts';
import { verifySharedLogs } from '../../../relay/audit/shared/verify-logs.ts';
import { eraseCommand, type EraseCommandOptions } from '../../../relay/commands/audit/erase.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { eraseFromStorage } from '../../../relay/erasure/erase-from-storage.ts';
import type { PersonToErase } from '../../../relay/erasure/erased-person.ts';
import { eraseSharedPerson } from '../../../relay/erasure/erase-shared-person.ts';
import { shareKeys } from '../../../relay/erasure/share-keys.ts';
import { catchUp } from '../../../relay/reports/follow-audit.ts';
import { openSharedCounts } from '../../../relay/reports/open-shared-counts.ts';
import { openUsage } from '../../../relay/reports/open-usage.ts';
import { openPostgresClient, type PostgresClient } from '../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../relay/storage/postgres/postgres-settings.ts';
import { openStores, type StoredStores } from '../../../relay/stored/open-stores.ts';
import { newLock } from '../../../relay/sessions/lock.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { append, decision, outcome, silent, temporaryFolder } from '../audit/audit-fixtures.ts';
import { recordsOfZoe, zoe, zoesBytes } from '../audit/personal-records.ts';
import { shipFolder } from '../audit/shared/ship-folder.ts';
import { bob, bobsSession, locksOfZoe, zoeAsOperator } from './left-by-zoe.ts';
import { sessionOf } from './session-of.ts';

type EraseInPlace = Extract<EraseCommandOptions, { readonly dataDir: string }>;

const zoeToErase = (alias: string): PersonToErase => {
  const { issuer, subject, username } = zoe;
  const names = [subject, username];
  return { issuer, subject, names, ownNames: names, alias };
};
const sealing = { erasable: true, refusedDays: undefined };

describe.runIf(postgresPrograms !== null)(
  'erasing a person at relays that share a storage',
  { timeout: 120_000 },
  () => {
    let server: PostgresServer;
    let storage: PostgresSettings;
    let sql: PostgresClient;
    let stores: StoredStores;
    beforeAll(async () => void (server = await startPostgres()));
    afterAll(() => server.stop());
    beforeEach(async () => {
      storage = postgresPlace(await server.createDatabase());
      stores = await openStores(storage);
      sql = await openPostgresClient(storage, { migrations: [] });
      return async () => {
        await sql.close();
        await stores.close();
      };
    });

    /** A relay with an audit of its own, which shares its keys; answers its folder. */
    const relayWith = async (records: readonly AuditRecord[]): Promise<string> => {
      const dataDir = temporaryFolder();
      const audit = await createAuditLog({ dataDir, log: silent, sealing });
      for (const problem of await Promise.all(records.map((record) => append(audit, record))))
        expect(problem).toBeNull();
      await audit.close();
      return dataDir;
    };
    const share = (dataDir: string, relay: string) => {
      const sharing = shareKeys({ dataDir, storage, relay, sealing }, pino({ level: 'silent' }), 50);
      onTestFinished(() => sharing?.close());
      return sharing;
    };
    const untilShared = (keys: number): Promise<void> =>
      expect
        .poll(async () => (await sql.query('SELECT count(*)::int AS keys FROM audit_key')).rows[0]?.['keys'], {
          timeout: 30_000,
        })
        .toBe(keys);
    const erase = async (
      given: Partial<EraseInPlace> = {},
    ): Promise<{ readonly code: number; readonly said: string }> => {
      const write = vi.fn<(text: string) => void>();
      const asked = { dataDir: '/nonexistent', storage, who: zoe.username, reason: 'Request 12', isShared: false };
      const code = await eraseCommand({ ...asked, json: false, write, ...given });
      return { code, said: write.mock.calls.join('') };
    };
    const find = async (
      filters: AuditFilters,
    ): Promise<readonly { relay?: string; seq: number; record: AuditRecord }[]> => {
      const source = await openSharedSource({ storage });
      try {
        const found = [];
        for await (const entry of source.newestFirst(filters)) found.push(entry);
        return found;
      } finally {
        await source.close();
      }
    };
    /** Tables in which any of these bytes are, as text. */
    const tablesWith = async (bytes: readonly string[]): Promise<readonly string[]> => {
      const { rows } = await sql.query(
        `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'audit_record'`,
      );
      const found: string[] = [];
      for (const { relname } of rows) {
        const { rows: all } = await sql.query(`SELECT row_to_json(one)::text AS text FROM ${String(relname)} AS one`);
        const text = all.map((row) => String(row['text'])).join('\n');
        for (const each of bytes) if (text.includes(each)) found.push(`${String(relname)}: ${each}`);
      }
      return found;
    };

    it('reaches the records, the index and the counts of every relay, sessions, grants, locks and acts', async () => {
      const many = Array.from({ length: 32_800 }, (_, at) => decision(`m${at}`, at === 5 ? { caller: zoe } : {}));
      const one = await relayWith(recordsOfZoe.map(([, record]) => record));
      const other = await relayWith([...many, outcome('m5')]);
      for (const [dataDir, relay] of [
        [one, 'one'],
        [other, 'other'],
      ] as const)
        share(dataDir, relay);
      await untilShared(4);
      for (const [dataDir, relay] of [
        [one, 'one'],
        [other, 'other'],
      ] as const) {
        await shipFolder(dataDir, storage, relay);
        const usage = openSharedCounts({ postgres: storage, relay });
        await catchUp(dataDir, usage);
        await usage.close();
        const own = openUsage(dataDir);
        own
          .prepare('INSERT INTO finding (id, time_ms, record, recorded) VALUES (?, ?, ?, 1)')
          .run('f', 1, JSON.stringify({ person: { issuer: zoe.issuer, subject: zoe.subject } }));
        own.close();
      }
      const nowMs = Date.now();
      const watch = await openSharedWatch(sql, { settings: anomaliesSchema.parse({}), lagMs: 0 });
      while (await watch.step());
      await sql.query('INSERT INTO anomaly_finding VALUES ($1, 1, $2, true)', [
        'f',
        JSON.stringify({ person: { issuer: zoe.issuer, subject: zoe.subject } }),
      ]);
      await stores.sessions.put([sessionOf(zoe, nowMs), bobsSession(nowMs)]);
      const asked = { requester: zoe, api: 'payroll', role: 'reader', reason: 'order-of-hers', hours: 1 };
      const request = await stores.grants.request(asked, nowMs);
      await stores.grants.decide(request.id, 'refused', 'boss', 'no', nowMs);
      const others = await stores.grants.request({ ...asked, requester: bob, reason: 'x' }, nowMs);
      await stores.grants.decide(others.id, 'refused', zoeAsOperator, 'x', nowMs);
      const lock = newLock(
        { type: 'person', who: zoe.username, issuer: null },
        { reason: 'because of zoe', author: 'root', untilMs: null },
        nowMs,
      );
      await stores.locks.add([lock], 'lock-added');
      await stores.locks.remove(lock.id, 'root', 'zoe is back', nowMs);
      await stores.locks.add(locksOfZoe(nowMs), 'lock-added');
      for (const { id } of await stores.acts.waiting()) await stores.acts.didRecord(id);
      await sql.query('DELETE FROM act');
      expect((await find({ user: zoe.username })).length).toBeGreaterThan(recordsOfZoe.length - 3);
      expect((await find({ user: zoe.username, request: 'm5' })).map(({ relay }) => relay)).toEqual(['other']);
      const tables = await tablesWith(['zoe.quint', 'because of zoe', 'subject-zoe-4711']);
      expect(tables.length).toBeGreaterThan(5);
      // Names are in the clear in no table that is read with the records.
      expect(tables).toContain('anomaly_seen: subject-zoe-4711');
      expect(tables).not.toContain('audit_term: zoe.quint');
      expect(await tablesWith([zoe.remoteAddress])).not.toContain(`audit_term: ${zoe.remoteAddress}`);

      const { code, said } = await erase({ json: true });
      expect(code).toBe(0);
      expect(JSON.parse(said)).toMatchObject({
        status: 'erased',
        hadKey: true,
        sessions: 1,
        requests: 1,
        before: { count: 0 },
        waitingRelays: [],
      });
      const { alias } = JSON.parse(said) as { alias: string };
      expect(await tablesWith([...zoesBytes])).toEqual([]);
      const left = (await stores.locks.list()).map(({ target }) => target.type);
      expect(left.toSorted()).toEqual(['person', 'sign-in', 'sign-in']);
      expect(await find({ user: zoe.username })).toEqual([]);
      expect((await find({ user: alias, request: 'm5' })).map(({ relay }) => relay)).toEqual(['other']);
      for (const dataDir of [one, other]) {
        const own = openUsage(dataDir);
        expect(own.prepare('SELECT count(*) AS count FROM finding').get()).toEqual({ count: 0 });
        own.close();
      }
      const usage = openSharedCounts({ postgres: storage, relay: 'one' });
      const hour = Math.floor(Date.now() / 3_600_000);
      const counted = await usage.usage({ fromHour: 0, toHour: hour + 1 }, ['person'], {});
      await usage.close();
      expect(JSON.stringify(counted)).toContain(alias);
      for await (const { verdict } of verifySharedLogs({ storage }, { full: true, statePath: undefined }))
        expect(verdict).toMatchObject({ status: 'ok' });
      // Which relay writes it is that of whoever runs; none does here.
      expect((await stores.acts.waiting()).map(({ record }) => record)).toMatchObject([
        { type: 'administrator', act: 'person-erased', person: { subject: alias }, reason: 'Request 12' },
      ]);
    });

    it('finds names in the index that hides them, and those of an index from before, which is hidden in time', async () => {
      const many = Array.from({ length: 32_800 }, (_, at) =>
        decision(`m${at}`, at === 5 ? { caller: zoe, path: '/people/zoe' } : {}),
      );
      const dataDir = await relayWith(many);
      share(dataDir, 'one');
      await untilShared(2);
      await sql.query('DELETE FROM audit_key_index');
      await shipFolder(dataDir, storage, 'one');
      const isHidden = async (): Promise<boolean> => {
        const names = [zoe.username, zoe.device, zoe.remoteAddress, zoe.sessionId, '/people'];
        return !(await tablesWith(names)).some((found) => found.startsWith('audit_term'));
      };
      expect(await isHidden()).toBe(false);
      await makeIndexSecret(sql);
      const searches: readonly AuditFilters[] = [
        { user: zoe.username },
        { device: zoe.device },
        { address: zoe.remoteAddress, api: 'orders' },
        { session: zoe.sessionId },
        { path: '/people' },
      ];
      const finds = async (): Promise<readonly number[]> =>
        Promise.all(searches.map(async (filters) => (await find(filters)).length));
      const expected = [1, 1, 1, 1, 1];
      expect(await finds()).toEqual(expected);
      const keeper = createIndexKeeper(sql, 'one');
      expect([await keeper.hide(), await keeper.hide(), await isHidden()]).toEqual([true, false, true]);
      expect(await finds()).toEqual(expected);
      const source = await openSharedSource({ storage });
      await expect(source.requireKnownNames({ user: 'zoe.quimt@corp.example' })).rejects.toThrow(`“${zoe.username}”`);
      await source.close();

      // Who may not read keys still finds what isn’t anybody’s name, and is told of nobody.
      await sql.query('DELETE FROM audit_key_index');
      expect(await finds()).toEqual(expected);
    });

    it('says which relays have yet to forget, and is done once they run', async () => {
      const dataDir = await relayWith([decision('r1', { caller: zoe })]);
      const sharing = share(dataDir, 'away');
      await untilShared(1);
      await sharing?.close();
      const asked = { who: zoe.username, reason: 'Request 12', operator: { user: 'root', sudoUser: null } };
      const result = await eraseSharedPerson(asked, storage, 100);
      expect(result).toMatchObject({ status: 'erased', waitingRelays: ['away'] });
      expect(await tablesWith(['subject-zoe-4711'])).toEqual(['audit_erasure: subject-zoe-4711']);
      // Who comes back meanwhile keeps what is new.
      const nowMs = Date.now() + 1;
      await stores.sessions.put([sessionOf(zoe, nowMs)]);
      await stores.grants.request({ requester: zoe, api: null, role: 'reader', reason: 'again', hours: 1 }, nowMs);
      await stores.sessions.put([{ ...bobsSession(nowMs), id: 'sBobAgain' }]);
      const target = { type: 'person', who: 'bob', issuer: null } as const;
      const lock = newLock(target, { reason: 'Left', author: zoeAsOperator, untilMs: null }, nowMs);
      await stores.locks.add([lock], 'lock-added');
      const found = (id: string, timeMs: number): void => {
        const own = openUsage(dataDir);
        own
          .prepare('INSERT INTO finding (id, time_ms, record, recorded) VALUES (?, ?, ?, 1)')
          .run(id, timeMs, JSON.stringify({ person: { issuer: zoe.issuer, subject: zoe.subject } }));
        own.close();
      };
      found('before', 1);
      found('since', nowMs);
      share(dataDir, 'away');
      await expect
        .poll(async () => (await sql.query('SELECT * FROM audit_erasure')).rows, { timeout: 30_000 })
        .toEqual([]);
      expect(await stores.sessions.list(zoe)).toHaveLength(1);
      expect(await stores.grants.list({ status: 'pending', requester: zoe })).toHaveLength(1);
      expect((await stores.sessions.list(bob))[0]?.revoked?.by).toBe(zoeAsOperator);
      expect(await stores.locks.list()).toMatchObject([{ id: lock.id, author: zoeAsOperator }]);
      const own = openUsage(dataDir);
      expect(own.prepare('SELECT id FROM finding').all()).toEqual([{ id: 'since' }]);
      own.close();
    });

    it('takes nothing from who comes back while the relays are waited for', async () => {
      const dataDir = await relayWith([decision('r1', { caller: zoe })]);
      const sharing = share(dataDir, 'slow');
      await untilShared(1);
      await sharing?.close();
      await stores.sessions.put([sessionOf(zoe, Date.now())]);
      const asked = { who: zoe.username, reason: 'Request 12', operator: { user: 'root', sudoUser: null } };
      const erased = eraseSharedPerson(asked, storage);
      // What was is gone, and the relay hasn’t forgotten yet.
      await expect.poll(async () => (await stores.sessions.list(zoe)).length, { timeout: 30_000 }).toBe(0);
      await stores.sessions.put([sessionOf(zoe, Date.now() + 1000)]);
      share(dataDir, 'slow');
      expect(await erased).toMatchObject({ status: 'erased', waitingRelays: [] });
      expect(await stores.sessions.list(zoe)).toHaveLength(1);
    });

    it('overwrites no lock that somebody takes away at the same moment', async () => {
      const author = zoeAsOperator;
      const lock = newLock(
        { type: 'person', who: 'bob', issuer: null },
        { reason: 'Left', author, untilMs: null },
        Date.now(),
      );
      await stores.locks.add([lock], 'lock-added');
      const other = await openPostgresClient(storage, { migrations: [] });
      onTestFinished(() => other.close());
      await other.query('BEGIN');
      await other.query('SELECT * FROM lock FOR UPDATE');
      const removed = { by: 'root', reason: 'He is back', atMs: Date.now() };
      const erased = eraseFromStorage(sql, zoeToErase('erased-zoe'), Date.now());
      await expect
        .poll(
          async () =>
            (await other.query('SELECT 1 FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()')).rows.length,
          { timeout: 30_000 },
        )
        .toBeGreaterThan(0);
      await other.query('UPDATE lock SET content = $1', [JSON.stringify({ ...lock, removed })]);
      await other.query('COMMIT');
      await erased;
      expect(await stores.locks.list()).toMatchObject([{ author: expect.stringContaining('erased-zoe'), removed }]);
    });

    it.each<[what: string, again: (nowMs: number) => Promise<unknown>]>([
      ['is said again', (nowMs) => eraseFromStorage(sql, zoeToErase('erased-again'), nowMs)],
      ['is long over', (nowMs) => stores.locks.forget(nowMs)],
    ])('takes locks on devices and sessions along that were in force, once the erasure %s', async (_what, again) => {
      const nowMs = Date.now();
      const session = sessionOf(zoe, nowMs);
      await stores.sessions.put([session]);
      const targets = [
        { type: 'device', device: zoe.device },
        { type: 'session', session: session.id },
      ] as const;
      const given = { reason: 'Lost', author: 'root', untilMs: nowMs - 1 };
      const locks = targets.map((target) => newLock(target, { ...given, untilMs: null }, nowMs));
      const others = newLock({ type: 'device', device: 'of somebody else' }, given, nowMs);
      await stores.locks.add([...locks, others], 'lock-added');
      await eraseFromStorage(sql, zoeToErase('erased-once'), nowMs);
      expect(await stores.locks.list()).toHaveLength(3);
      for (const { id } of locks) await stores.locks.remove(id, 'root', 'Found', nowMs);
      await again(nowMs + 1000);
      expect((await stores.locks.list()).map(({ id }) => id)).toEqual([others.id]);
    });

    it('leaves alone the grants of a namesake, and decisions that may be theirs', async () => {
      const namesake = { ...zoe, issuer: 'https://other.example' };
      const callers = [zoe, namesake];
      share(await relayWith(callers.map((caller) => decision(caller.issuer, { caller }))), 'one');
      await untilShared(callers.length);
      const given = { api: null, role: 'r', reason: 'x', hours: 1 };
      const now = Date.now();
      const hers = await stores.grants.request({ ...given, requester: zoe }, now);
      const theirs = await stores.grants.request({ ...given, requester: namesake }, now);
      for (const { id } of [hers, theirs]) {
        await stores.grants.decide(id, 'refused', zoe.username, '', now);
        await sql.query(`INSERT INTO usage_grant VALUES ($1, 1, $2, NULL, 'r')`, [id, zoe.username]);
      }
      expect(await erase({ who: zoe.subject, issuer: zoe.issuer })).toMatchObject({ code: 0 });
      expect((await stores.grants.find(theirs.id))?.decidedBy).toBe(zoe.username);
      const { rows } = await sql.query('SELECT username FROM usage_grant ORDER BY id = $1', [theirs.id]);
      expect(rows).toEqual([{ username: expect.stringMatching(/^erased-/) }, { username: zoe.username }]);
    });

    it.each<[what: string, given: Partial<EraseInPlace>, says: RegExp]>([
      ['nobody is called so', { who: 'nobody' }, /^Nobody called “nobody” has records that can be erased/],
      ['the reason names the person', { reason: 'Zoe.Quint asked' }, /^The reason names the person/],
      ['the person is connected', {}, /^The person is connected/],
    ])('is refused when %s', async (_, given, says) => {
      const dataDir = await relayWith([decision('r1', { caller: zoe })]);
      share(dataDir, 'one');
      await untilShared(1);
      await stores.sessions.put([
        { ...sessionOf(zoe, Date.now()), tunnels: { p: { count: 1, seenAtMs: Date.now() } } },
      ]);
      await expect(erase(given)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringMatching(says) });
      expect((await sql.query('SELECT count(*)::int AS keys FROM audit_key')).rows).toEqual([{ keys: 1 }]);
    });

    it('works for a relay without a lasting disk, whose keys are in the storage before its records', async () => {
      const signingKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      for (const id of ['before', 'after']) {
        const dataDir = temporaryFolder();
        const place = auditInDatabase(dataDir, { storage, relay: 'diskless', signingKey });
        const audit = await createAuditLog({ dataDir, log: silent, sealing, ...place });
        expect(await append(audit, decision(id, { caller: zoe }))).toBeNull();
        // Without a word of anybody who shares keys later: the folder is gone.
        await audit.close();
        rmSync(dataDir, { recursive: true });
      }
      const { rows } = await sql.query('SELECT payload FROM audit_record');
      for (const { payload } of rows) expect(String(payload)).not.toContain('zoe.quint');
      expect((await sql.query('SELECT count(*)::int AS keys FROM audit_key')).rows).toEqual([{ keys: 1 }]);
      expect((await find({ user: zoe.username })).length).toBe(2);
      await sql.query('DELETE FROM audit_key_relay');
      expect(await erase()).toMatchObject({ code: 0, said: expect.stringMatching(/in the audit of all relays/) });
      expect(await find({ user: zoe.username })).toEqual([]);
    });
  },
);
