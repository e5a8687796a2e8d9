import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { userNamed } from '../../../relay/config/config-source.ts';
import {
  postgresRevisions,
  revisionMigrations,
  type SharedRevisionStore,
} from '../../../relay/revisions/postgres-revisions.ts';
import {
  openRevisionStore,
  type RevisionEvent,
  revisionHash,
  type RevisionStore,
} from '../../../relay/revisions/revision-store.ts';
import { shareRevisions } from '../../../relay/revisions/share-revisions.ts';
import { connectPostgres, type PostgresConnection } from '../../../relay/storage/postgres/connect-postgres.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { silent, temporaryFolder } from '../audit/audit-fixtures.ts';

const event = (timeMs: number, text: string, kind: RevisionEvent['event'] = 'loaded'): RevisionEvent => ({
  timeMs,
  event: kind,
  file: '/etc/relay.yaml',
  hash: revisionHash(text),
});

let server: PostgresServer | undefined;
beforeAll(async () => {
  if (postgresPrograms !== null) server = await startPostgres();
});
afterAll(() => server?.stop());

type Open = (maxBytes?: number) => Promise<RevisionStore>;

const openLocal: Open = (maxBytes) =>
  Promise.resolve(openRevisionStore(temporaryFolder(), maxBytes === undefined ? {} : { maxBytes }));

const connections: PostgresConnection[] = [];
async function newConnection(): Promise<PostgresConnection> {
  const place = postgresPlace((await server?.createDatabase()) ?? '');
  const connection = connectPostgres(place, silent, { migrations: [revisionMigrations], maxConnections: 4 });
  connections.push(connection);
  return connection;
}
afterAll(() => Promise.all(connections.map((connection) => connection.close())));
const openShared: Open = async (maxBytes) =>
  postgresRevisions(await newConnection(), 'r-1', maxBytes === undefined ? {} : { maxBytes });

const engines: readonly (readonly [string, Open])[] = [
  ['SQLite', openLocal],
  ...(postgresPrograms === null ? [] : [['PostgreSQL', openShared] as const]),
];

describe.each(engines)('revisions in %s', (_name, open) => {
  async function kept(maxBytes?: number): Promise<RevisionStore> {
    const store = await open(maxBytes);
    onTestFinished(() => store.close());
    await store.keep(event(1000, 'one'), 'one');
    await store.keep(event(2000, 'two'), 'two');
    await store.keep(event(2500, 'bad', 'refused'), 'bad');
    await store.keep(event(3000, 'one'), 'one');
    return store;
  }

  test.each([
    [999, { status: 'too-early', firstMs: 1000 }],
    [1000, { status: 'found', revision: { text: 'one', timeMs: 1000, untilMs: 2000 } }],
    [1999, { status: 'found', revision: { text: 'one', timeMs: 1000, untilMs: 2000 } }],
    [2000, { status: 'found', revision: { text: 'two', untilMs: 3000 } }],
    [2700, { status: 'found', revision: { text: 'two', untilMs: 3000 } }],
    [9000, { status: 'found', revision: { text: 'one', timeMs: 3000, untilMs: null } }],
  ])('in force at %i is %j', async (timeMs, expected) => {
    expect(await (await kept()).at(timeMs)).toMatchObject(expected);
  });

  test('nothing is in force where nothing was kept', async () => {
    const store = await open();
    expect([await store.at(1000), await store.list()]).toEqual([{ status: 'none' }, []]);
    store.close();
  });

  test('what is kept twice is there once', async () => {
    const store = await kept();
    await store.keep(event(2000, 'two'), 'two');
    await store.keep(event(2500, 'bad', 'refused'), 'bad');
    const list = await store.list();
    expect(list.map(({ timeMs, event: kind, isKept }) => [timeMs, kind, isKept])).toEqual([
      [3000, 'loaded', true],
      [2500, 'refused', true],
      [2000, 'loaded', true],
      [1000, 'loaded', true],
    ]);
  });

  test('texts are found by the beginning of their hash', async () => {
    const store = await kept();
    expect(await store.textsOf(revisionHash('two').slice(0, 6))).toEqual(['two']);
    expect(await store.textsOf('zz')).toEqual([]);
  });

  test('beyond the bound the oldest texts go, and a time when one was in force is known to be one of those', async () => {
    const store = await kept(6);
    expect(await store.at(2000)).toEqual({ status: 'pruned', hash: revisionHash('two') });
    expect(await store.at(1000)).toMatchObject({ status: 'found', revision: { text: 'one' } });
    expect((await store.list()).filter(({ isKept }) => !isKept).map(({ timeMs }) => timeMs)).toEqual([2000]);
  });

  test('what is in force stays, whatever its size', async () => {
    expect(await (await kept(1)).at(3000)).toMatchObject({ status: 'found', revision: { text: 'one' } });
  });
});

describe.runIf(postgresPrograms !== null)('revisions of several relays', () => {
  test('are told apart, and what is in force at one of them stays', async () => {
    const connection = await newConnection();
    const [one, other] = ['r-1', 'r-2'].map((relay) => postgresRevisions(connection, relay, { maxBytes: 6 }));
    if (one === undefined || other === undefined) throw new Error('There are two.');
    await other.keep(event(500, 'old'), 'old');
    for (const [index, text] of ['aaa', 'bbb', 'ccc', 'ddd'].entries()) await one.keep(event(1000 + index, text), text);
    expect(await other.at(5000)).toMatchObject({ status: 'found', revision: { text: 'old', untilMs: null } });
    expect(await one.at(5000)).toMatchObject({ status: 'found', revision: { text: 'ddd' } });
    expect(await one.at(1000)).toEqual({ status: 'pruned', hash: revisionHash('aaa') });
    expect(await one.at(600)).toEqual({ status: 'too-early', firstMs: 1000 });
    expect(await one.relays()).toEqual(['r-1', 'r-2']);
    expect((await one.list()).map(({ relay }) => relay)).toEqual(['r-1', 'r-1', 'r-1', 'r-1', 'r-2']);
  });

  test('two relays that bring the same texts at once both get them there, and once each', async () => {
    const connection = await newConnection();
    const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`);
    const events = texts.map((text, index) => ({ ...event(index, text), text }));
    const stores = ['r-1', 'r-2', 'r-1', 'r-2'].map((relay) => postgresRevisions(connection, relay));
    await Promise.all(stores.map((store, index) => store.take(index % 2 === 0 ? events : events.toReversed())));
    expect(await stores[0]?.list()).toHaveLength(100);
    expect(await stores[0]?.take(events)).toBe(0);
  });

  test('the data folder’s reach the storage when it is there again', async () => {
    const dataDir = temporaryFolder();
    const local = openRevisionStore(dataDir);
    onTestFinished(() => local.close());
    local.keep(event(1000, 'one'), 'one');
    let isAway = true;
    const taken: number[] = [];
    const told = Promise.withResolvers<void>();
    const shared = {
      take(events: readonly unknown[]) {
        if (isAway) return Promise.reject(new Error('away'));
        taken.push(events.length);
        told.resolve();
        return Promise.resolve(events.length);
      },
    } as unknown as SharedRevisionStore;
    const sharing = shareRevisions({ dataDir, shared, log: silent });
    onTestFinished(() => sharing.close());
    await Promise.resolve();
    isAway = false;
    local.keep(event(2000, 'two'), 'two');
    sharing.now();
    await told.promise;
    expect(taken).toEqual([2]);
  });
});

test('a text that was changed in the data folder doesn’t count', () => {
  const dataDir = temporaryFolder();
  const store = openRevisionStore(dataDir);
  onTestFinished(() => store.close());
  store.keep(event(2000, 'two'), 'two');
  const database = new DatabaseSync(join(dataDir, 'config-revisions.sqlite'));
  database.prepare('UPDATE revision SET text = ? WHERE hash = ?').run('forged', revisionHash('two'));
  database.close();
  expect(store.at(2000)).toEqual({ status: 'altered', hash: revisionHash('two') });
});

test.each([
  ['root:x:0:0::/root:/bin/sh\ncauseway:x:993:993::/:/bin/false\n', 993, 'causeway'],
  ['root:x:0:0::/root:/bin/sh\n', 993, 'uid 993'],
  ['', 0, 'uid 0'],
])('by %j user %i is %s', (users, uid, name) => {
  expect(userNamed(uid, () => users)).toBe(name);
});
