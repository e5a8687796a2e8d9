import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { openRevocationFile } from '../../../relay/identity/stored-revocations.ts';
import { openUsageStore } from '../../../relay/reports/sqlite-usage.ts';
import { openRevisionStore } from '../../../relay/revisions/revision-store.ts';
import { openBridgeStore } from '../../../relay/saml/bridge-store.ts';
import { openLockStore, readLocks } from '../../../relay/sessions/lock-store.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { openSinkCursors, readSinkCursors } from '../../../relay/sinks/sink-cursors.ts';
import { openMigratedDatabase } from '../../../relay/storage/open-migrated-database.ts';
import { silent, temporaryFolder } from '../audit/audit-fixtures.ts';

const nowMs = Date.parse('2026-11-02T13:00:00Z');
const hour = Math.floor(nowMs / 3_600_000);

/** Each database of a data folder: how it is opened, and what must be in one that a relay before versions has made. */
const databases: Readonly<Record<string, (dataDir: string) => { readonly found: unknown; close(): unknown }>> = {
  'access.sqlite'(dataDir) {
    const store = openGrantStore(dataDir);
    const requests = store.list().map(({ requester, status }) => [requester.username, status]);
    return { found: [requests, store.outbox.waiting().length], close: () => store.close() };
  },
  'sessions.sqlite'(dataDir) {
    const [locks, sessions] = [openLockStore(dataDir), openSessionStore(dataDir)];
    return {
      found: [locks.list().map(({ author }) => author), locks.waiting().length, sessions.list().map(({ id }) => id)],
      close() {
        locks.close();
        sessions.close();
      },
    };
  },
  'revocations.sqlite'(dataDir) {
    const file = openRevocationFile(dataDir);
    return {
      found: [file.read(nowMs).map(({ name, by }) => [name, by]), file.acts.waiting().map(({ id }) => id)],
      close: () => file.close(),
    };
  },
  'config-revisions.sqlite'(dataDir) {
    const store = openRevisionStore(dataDir);
    return { found: [store.list().length, store.at(nowMs)], close: () => store.close() };
  },
  'sinks.sqlite'(dataDir) {
    const cursors = openSinkCursors(dataDir);
    return { found: cursors.get('siem'), close: () => cursors.close() };
  },
  'saml-bridge.db'(dataDir) {
    const store = openBridgeStore(dataDir, () => nowMs);
    return { found: [store.get('Grant', 'g1'), store.get('RefreshToken', 'r1')], close: () => store.close() };
  },
  'usage.db'(dataDir) {
    const store = openUsageStore(dataDir);
    const period = { fromHour: hour - 24, toHour: hour };
    return {
      found: [store.usage(period, ['api', 'allowed'], {}), store.denials(period, {})],
      close: () => store.close(),
    };
  },
};

const expected: Readonly<Record<string, unknown>> = {
  'access.sqlite': [
    [
      ['dave', 'refused'],
      ['carol', 'pending'],
      ['alice', 'approved'],
    ],
    2,
  ],
  'sessions.sqlite': [['root'], 1, ['sX3kq0Zr1vWbYt2']],
  'revocations.sqlite': [[['subject 1', 'administrator']], ['act-1']],
  'config-revisions.sqlite': [2, { status: 'found', revision: { text: 'relay: two\n', untilMs: null } }],
  'sinks.sqlite': { seq: 42, sent: 42, ended: false },
  'saml-bridge.db': [{ accountId: 'p' }, { grantId: 'g1', sessionUid: 's1' }],
  'usage.db': [
    [
      { api: 'orders', allowed: true, requests: 1 },
      { api: 'payroll', allowed: false, requests: 1 },
    ],
    [{ api: 'payroll', shape: '/*/*', path: '/v1/7', requests: 1 }],
  ],
};

function folderBeforeVersions(name: string): string {
  const dataDir = temporaryFolder();
  const database = new DatabaseSync(join(dataDir, name));
  database.exec(readFileSync(new URL(`./folder-before-versions/${name}.sql`, import.meta.url), 'utf8'));
  database.close();
  return dataDir;
}

function withDatabase<Result>(dataDir: string, name: string, work: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(dataDir, name));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const versionOf = (dataDir: string, name: string): number =>
  withDatabase(dataDir, name, (database) => Number(database.prepare('PRAGMA user_version').get()?.['user_version']));

describe.each(Object.entries(databases))('%s', (name, open) => {
  test('of a relay before versions were kept loses nothing, and has a version from then on', () => {
    const dataDir = folderBeforeVersions(name);
    for (const time of ['first', 'again']) {
      const opened = open(dataDir);
      expect([time, opened.found]).toMatchObject([time, expected[name]]);
      opened.close();
    }
    expect(versionOf(dataDir, name)).toBeGreaterThanOrEqual(1);
  });

  test('of a newer relay is refused, and stays as it is', () => {
    const dataDir = temporaryFolder();
    open(dataDir).close();
    const known = versionOf(dataDir, name);
    withDatabase(dataDir, name, (database) => database.exec('PRAGMA user_version = 99'));
    const before = readFileSync(join(dataDir, name));
    expect(() => open(dataDir)).toThrow(
      `${name} was made by a newer relay (its schema has version 99, this relay knows ${known}). Run that relay again.`,
    );
    expect(readFileSync(join(dataDir, name)).equals(before)).toBe(true);
  });
});

test('who only reads is refused, too', () => {
  for (const [name, read] of [
    ['sessions.sqlite', (dataDir: string) => readLocks(dataDir, nowMs)],
    ['sinks.sqlite', (dataDir: string) => readSinkCursors(dataDir, ['siem'])],
  ] as const) {
    const dataDir = folderBeforeVersions(name);
    withDatabase(dataDir, name, (database) => database.exec('PRAGMA user_version = 99'));
    expect(() => read(dataDir)).toThrow(`${name} was made by a newer relay`);
  }
});

test('tables that the first relays had not yet made are added', () => {
  const dataDir = temporaryFolder();
  withDatabase(dataDir, 'revocations.sqlite', (database) =>
    database.exec('CREATE TABLE mark (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, by TEXT NOT NULL) STRICT'),
  );
  const file = openRevocationFile(dataDir);
  expect(file.acts.waiting()).toEqual([]);
  file.close();
});

test('a step that fails leaves the version before it, whole', () => {
  const dataDir = temporaryFolder();
  openMigratedDatabase(dataDir, 'x.sqlite', ['CREATE TABLE one (id INTEGER)']).close();
  const steps = ['CREATE TABLE one (id INTEGER)', 'CREATE TABLE two (id INTEGER)', 'CREATE TABLE two (id INTEGER)'];
  expect(() => openMigratedDatabase(dataDir, 'x.sqlite', steps)).toThrow('already exists');
  const tables = withDatabase(dataDir, 'x.sqlite', (database) =>
    database
      .prepare('SELECT name FROM sqlite_schema')
      .all()
      .map(({ name }) => name),
  );
  expect([versionOf(dataDir, 'x.sqlite'), tables]).toEqual([1, ['one']]);
});

test('a data folder of today’s relay has a version in each database', async () => {
  const dataDir = temporaryFolder();
  cpSync(new URL('../audit/folder-before-tree', import.meta.url), dataDir, { recursive: true });
  await (await createAuditLog({ dataDir, log: silent })).close();
  for (const open of Object.values(databases)) open(dataDir).close();
  const names = readdirSync(dataDir).filter((name) => /\.(?:sqlite|db)$/.test(name));
  expect(names.toSorted()).toEqual([...Object.keys(databases), 'audit.sqlite'].toSorted());
  expect(names.filter((name) => versionOf(dataDir, name) === 0)).toEqual([]);
});

/** Where something stands that only the helpers of `relay/storage` should have; with the reason for those that may. */
const rules: readonly { readonly what: RegExp; readonly may: Readonly<Record<string, string>> }[] = [
  {
    what: /CREATE (?:TABLE|(?:UNIQUE )?INDEX) IF NOT EXISTS/,
    may: { 'storage/postgres/migrate-postgres.ts': 'the table of versions' },
  },
  {
    what: /BEGIN (?:IMMEDIATE|EXCLUSIVE)/,
    may: {
      'storage/in-transaction.ts': 'the helper',
      'audit/audit-store.ts': 'prepared once, for each commit of the audit',
      'audit/folder-lock.ts': 'held until the process ends',
      'audit/keys/key-store.ts': 'begun by the first new key, ended before the records that need it',
    },
  },
  {
    what: /\bopenPrivateDatabase\(/,
    may: { 'storage/open-private-database.ts': 'the helper', 'storage/open-migrated-database.ts': 'its one user' },
  },
];

test.each(rules)('$what stands nowhere else', ({ what, may }) => {
  const relay = fileURLToPath(new URL('../../../relay', import.meta.url));
  const sources = readdirSync(relay, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  const found = sources
    .filter((path) => what.test(readFileSync(path, 'utf8')))
    .map((path) => relative(relay, path).replaceAll('\\', '/'))
    .filter((path) => may[path] === undefined);
  expect(found).toEqual([]);
});
