import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresGrantStore } from '../../../relay/grants/postgres-grant-store.ts';
import { openPostgresRevocations } from '../../../relay/identity/postgres-revocations.ts';
import { newLock } from '../../../relay/sessions/lock.ts';
import { openPostgresLockStore } from '../../../relay/sessions/postgres-locks.ts';
import { openPostgresSessionStore } from '../../../relay/sessions/postgres-session-store.ts';
import type { PostgresConnection } from '../../../relay/storage/postgres/connect-postgres.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage, type StorageServer } from '../../support/start-storage.ts';
import { sessionOf } from '../sessions/session-store-contract.ts';

const year = 365 * 86_400_000;
const hour = 3_600_000;

describe.runIf(postgresPrograms !== null)('a relay whose clock is a year ahead ends for the others', () => {
  let server: StorageServer;
  let storage: PostgresConnection;
  const nowMs = Date.now();
  const aheadMs = nowMs + year;
  beforeAll(async () => {
    server = await startStorage();
    storage = server.connect();
  });
  afterAll(async () => {
    await storage?.close();
    await server?.stop();
  });

  it('no grant, but those that are over by the clock of PostgreSQL', async () => {
    const grants = openPostgresGrantStore(storage);
    const requester = { issuer: 'https://idp.example', subject: 'a', username: 'alice' };
    const ask = async (decidedAtMs: number): Promise<string> => {
      const asked = { requester, api: 'orders', role: 'refunders', reason: 'Ticket 4711', hours: 1 };
      const { id } = await grants.request(asked, decidedAtMs);
      await grants.decide(id, 'approved', 'bob', '', decidedAtMs);
      return id;
    };
    const [over, going] = [await ask(nowMs - 2 * hour), await ask(nowMs)];
    expect(await grants.expire(aheadMs)).toBe(1);
    expect([await grants.find(over), await grants.find(going)]).toMatchObject([
      { status: 'expired' },
      { status: 'approved' },
    ]);
  });

  it('no lock', async () => {
    const locks = openPostgresLockStore(storage);
    const target = { type: 'person', who: 'alice', issuer: null } as const;
    const lock = newLock(target, { reason: 'An incident', author: 'dana', untilMs: nowMs + hour }, nowMs);
    await locks.add([lock], 'lock-added');
    await locks.forget(aheadMs);
    expect(await locks.list()).toEqual([lock]);
  });

  it('no session', async () => {
    const sessions = openPostgresSessionStore(storage);
    await sessions.put([sessionOf('s-1', { lastUsedAtMs: nowMs })]);
    await sessions.forget(aheadMs);
    expect(await sessions.list()).toHaveLength(1);
  });

  it('no revocation, by one of its own', async () => {
    const revocations = openPostgresRevocations(storage);
    await revocations.write([{ name: 'one', atMs: nowMs, by: 'provider' }]);
    await revocations.write([{ name: 'other', atMs: aheadMs, by: 'provider' }]);
    expect((await revocations.read(nowMs)).map(({ name }) => name)).toEqual(['one', 'other']);
  });
});
