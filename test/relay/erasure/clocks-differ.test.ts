import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eraseFromStorage } from '../../../relay/erasure/erase-from-storage.ts';
import { eraseFromUsage } from '../../../relay/erasure/erase-from-usage.ts';
import { eraseSessions } from '../../../relay/erasure/erase-sign-ins.ts';
import type { PersonToErase } from '../../../relay/erasure/erased-person.ts';
import { personKey } from '../../../relay/identity/person-key.ts';
import { openUsage } from '../../../relay/reports/open-usage.ts';
import type { SessionRecord } from '../../../relay/sessions/session-record.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { openPostgresClient, type PostgresClient } from '../../../relay/storage/postgres/postgres-client.ts';
import { openStores, type StoredStores } from '../../../relay/stored/open-stores.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';
import { zoe } from '../audit/personal-records.ts';
import { sessionOf } from './session-of.ts';

const person: PersonToErase = {
  issuer: zoe.issuer,
  subject: zoe.subject,
  names: [zoe.subject, zoe.username],
  ownNames: [zoe.subject, zoe.username],
  alias: 'erased-zoe',
};
const erasedMs = Date.now();

/** What relays say of her behind the erasure, by clocks that are up to 40 s ahead, and what she did who came back. */
const sessions: readonly SessionRecord[] = [
  { ...sessionOf(zoe, erasedMs - 3_600_000), id: 'said late', lastUsedAtMs: erasedMs + 40_000 },
  { ...sessionOf(zoe, erasedMs - 3_600_000), id: 'went on', lastUsedAtMs: erasedMs + 3_600_000 },
  { ...sessionOf(zoe, erasedMs + 1000), id: 'of the way back' },
];
const habits = [
  { value: 'of before', firstMs: erasedMs - 3_600_000, lastMs: erasedMs + 40_000 },
  { value: 'since', firstMs: erasedMs + 1000, lastMs: erasedMs + 2000 },
];

it('a folder keeps nothing that began before an erasure, whatever the clock of its relay says', () => {
  const dataDir = temporaryFolder();
  const store = openSessionStore(dataDir);
  store.put(sessions);
  store.close();
  const usage = openUsage(dataDir);
  for (const { value, firstMs, lastMs } of habits)
    usage.prepare('INSERT INTO seen VALUES (?, ?, ?, ?, ?)').run(personKey(person), 'api', value, firstMs, lastMs);
  usage.close();
  eraseSessions(dataDir, person, erasedMs, erasedMs);
  eraseFromUsage(dataDir, person, erasedMs);
  const left = openSessionStore(dataDir);
  expect(left.list().map(({ id }) => id)).toEqual(expect.arrayContaining(['went on', 'of the way back']));
  expect(left.list()).toHaveLength(2);
  left.close();
  const after = openUsage(dataDir);
  expect(after.prepare('SELECT value FROM seen').all()).toEqual([{ value: 'since' }]);
  after.close();
});

describe.runIf(postgresPrograms !== null)('in a storage that relays share', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let sql: PostgresClient;
  let stores: StoredStores;
  beforeAll(async () => void (server = await startPostgres()));
  afterAll(() => server.stop());
  beforeEach(async () => {
    const storage = postgresPlace(await server.createDatabase());
    stores = await openStores(storage);
    sql = await openPostgresClient(storage, { migrations: [] });
    return async () => {
      await sql.close();
      await stores.close();
    };
  });

  it('nothing stays that began before an erasure, whatever the clocks of the relays say', async () => {
    await stores.sessions.put(sessions);
    for (const { value, firstMs, lastMs } of habits)
      await sql.query('INSERT INTO anomaly_seen VALUES ($1, $2, $3, $1, $4, $5)', [
        value,
        JSON.stringify(personKey(person)),
        'api',
        firstMs,
        lastMs,
      ]);
    await eraseFromStorage(sql, person, erasedMs, erasedMs);
    const left = await stores.sessions.list(zoe);
    expect(left.map(({ id }) => id).toSorted()).toEqual(['of the way back', 'went on']);
    expect((await sql.query('SELECT value FROM anomaly_seen')).rows).toEqual([{ value: 'since' }]);
  });
});
