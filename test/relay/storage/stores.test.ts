import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { openPostgresActs } from '../../../relay/acts/postgres-acts.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { type AccessEvent, auditedEvent } from '../../../relay/grants/grant.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { openPostgresGrantStore } from '../../../relay/grants/postgres-grant-store.ts';
import { openRedisGrantStore } from '../../../relay/grants/redis-grant-store.ts';
import { openPostgresRevocations } from '../../../relay/identity/postgres-revocations.ts';
import { openRevocationFile } from '../../../relay/identity/stored-revocations.ts';
import { openLockStore } from '../../../relay/sessions/lock-store.ts';
import { openPostgresLockStore } from '../../../relay/sessions/postgres-locks.ts';
import { openPostgresSessionStore } from '../../../relay/sessions/postgres-session-store.ts';
import { openRedisSessionStore } from '../../../relay/sessions/redis-session-store.ts';
import { searchListed } from '../../../relay/sessions/search-sessions.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { connectRedis, type RedisConnection } from '../../../relay/shared-state/redis-connection.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { redisProgram, type RedisServer, startRedis } from '../../support/start-redis.ts';
import { startStorage, type StorageServer } from '../../support/start-storage.ts';
import { describeGrantStore } from '../grants/grant-store-contract.ts';
import { describeRevocationStore } from '../identity/revocation-store-contract.ts';
import { describeLockStore } from '../sessions/lock-store-contract.ts';
import { describeSessionSearch } from '../sessions/session-search-contract.ts';
import { describeSessionStore } from '../sessions/session-store-contract.ts';

const hasPostgres = postgresPrograms !== null;
const hasRedis = redisProgram !== null;
let postgres: StorageServer | undefined;
let redis: RedisServer | undefined;
let folder: string;
let opened = 0;
const redisConnections: RedisConnection[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-stores-'));
  if (hasPostgres) postgres = await startStorage();
  if (hasRedis) redis = await startRedis();
}, 60_000);
afterAll(async () => {
  for (const connection of redisConnections) connection.close();
  await postgres?.stop();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const newFolder = (): string => join(folder, String((opened += 1)));
const connections = () => {
  if (postgres === undefined) throw new Error('There is no PostgreSQL.');
  const [one, two] = [postgres.connect(), postgres.connect()];
  const waiting = async (): Promise<readonly AuditRecord[]> =>
    (await openPostgresActs(one).waiting()).map(({ record }) => record);
  return { one, two, waiting, close: () => Promise.all([one.close(), two.close()]).then(() => undefined) };
};
const newRedis = async (prefix: string): Promise<RedisConnection> => {
  const connection = connectRedis({ url: redis?.url ?? '', prefix, timeoutMs: 10_000 }, pino({ level: 'silent' }));
  redisConnections.push(connection);
  await connection.untilReady();
  return connection;
};
const closeAll =
  (...stores: readonly { close(): void }[]) =>
  (): void => {
    for (const store of stores) store.close();
  };
const recordsOf = (waiting: readonly { readonly record: AuditRecord }[]): Promise<readonly AuditRecord[]> =>
  Promise.resolve(waiting.map(({ record }) => record));

describeGrantStore('SQLite', true, () => {
  const dataDir = newFolder();
  const [store, other] = [openGrantStore(dataDir), openGrantStore(dataDir)];
  const waiting = (): Promise<readonly AuditRecord[]> => recordsOf(store.outbox.waiting());
  const record = async (): Promise<void> => {
    for (const { id } of store.outbox.waiting()) store.outbox.didRecord(id);
  };
  return Promise.resolve({ store, other, waiting, record, close: closeAll(store, other) });
});
describeGrantStore('Redis', hasRedis, async () => {
  const connection = await newRedis('grants');
  const store = openRedisGrantStore(connection);
  const other = openRedisGrantStore(await newRedis('grants'));
  const waiting = async (): Promise<readonly AuditRecord[]> =>
    ((await connection.run((client) => client.xRange(store.events, '-', '+'))) ?? []).map(({ message }) =>
      auditedEvent(JSON.parse(message['event'] ?? '') as AccessEvent),
    );
  return { store, other, waiting, close: () => undefined };
});
describeGrantStore('PostgreSQL', hasPostgres, () => {
  const { one, two, ...rest } = connections();
  return Promise.resolve({ store: openPostgresGrantStore(one), other: openPostgresGrantStore(two), ...rest });
});

describeSessionStore('SQLite', true, () => {
  const dataDir = newFolder();
  const [store, other] = [openSessionStore(dataDir), openSessionStore(dataDir)];
  return Promise.resolve({ store, other, close: closeAll(store, other) });
});
describeSessionStore('PostgreSQL', hasPostgres, () => {
  const { one, two, close } = connections();
  return Promise.resolve({ store: openPostgresSessionStore(one), other: openPostgresSessionStore(two), close });
});
describeSessionStore('Redis', hasRedis, async () => {
  const [store, other] = [
    openRedisSessionStore(await newRedis('sessions')),
    openRedisSessionStore(await newRedis('sessions')),
  ];
  return { store, other, close: () => undefined };
});

describeSessionSearch('SQLite', true, (sessions) => {
  const store = openSessionStore(newFolder());
  store.put(sessions);
  return Promise.resolve({ sessions: store, close: () => store.close() });
});
describeSessionSearch('PostgreSQL', hasPostgres, async (sessions) => {
  // The sessions of the suite above are there, too.
  const { one, close } = connections();
  await one.run((database) => sql`DELETE FROM session`.execute(database));
  const store = openPostgresSessionStore(one);
  await store.put(sessions);
  return { sessions: store, close };
});
describeSessionSearch('memory, as those of Redis are', true, (sessions) => {
  const listed = sessions.toSorted((x, y) => y.lastUsedAtMs - x.lastUsedAtMs || (x.id < y.id ? -1 : 1));
  return Promise.resolve({ sessions: searchListed(() => Promise.resolve(listed)), close: () => undefined });
});

describeLockStore('SQLite', true, () => {
  const dataDir = newFolder();
  const [store, other] = [openLockStore(dataDir), openLockStore(dataDir)];
  return Promise.resolve({
    store,
    other,
    waiting: () => recordsOf(store.waiting()),
    close: closeAll(store, other),
  });
});
describeLockStore('PostgreSQL', hasPostgres, () => {
  const { one, two, ...rest } = connections();
  return Promise.resolve({ store: openPostgresLockStore(one), other: openPostgresLockStore(two), ...rest });
});

describeRevocationStore('SQLite', true, () => {
  const dataDir = newFolder();
  const [store, other] = [openRevocationFile(dataDir), openRevocationFile(dataDir)];
  return Promise.resolve({
    store,
    other,
    waiting: () => recordsOf(store.acts.waiting()),
    close: closeAll(store, other),
  });
});
describeRevocationStore('PostgreSQL', hasPostgres, () => {
  const { one, two, waiting, close } = connections();
  const ofActs = async (): Promise<readonly AuditRecord[]> =>
    (await waiting()).filter(({ type }) => type === 'administrator');
  return Promise.resolve({
    store: openPostgresRevocations(one),
    other: openPostgresRevocations(two),
    waiting: ofActs,
    close,
  });
});
