import { rmSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { AuditLog, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { addActs, openPostgresActs, type PostgresActs } from '../../../relay/acts/postgres-acts.ts';
import { writeStoredActs } from '../../../relay/acts/write-stored-acts.ts';
import { readVersions } from '../../../relay/storage/changes.ts';
import { followChanges } from '../../../relay/storage/follow-changes.ts';
import type { PostgresConnection } from '../../../relay/storage/postgres/connect-postgres.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage, type StorageServer } from '../../support/start-storage.ts';
import { append, openAudit, silent, temporaryFolder } from '../audit/audit-fixtures.ts';

describe.runIf(postgresPrograms !== null)('acts in the storage', () => {
  let server: StorageServer;
  let one: PostgresConnection;
  let acts: PostgresActs;
  let made = 0;

  beforeAll(async () => {
    server = await startStorage();
    one = server.connect();
    acts = openPostgresActs(one);
  });
  beforeEach(() => one.run((database) => sql`DELETE FROM act`.execute(database)));
  afterAll(() => server?.stop());

  const recordOf = (id: string): Extract<AuditRecord, { type: 'administrator' }> => ({
    type: 'administrator',
    timeMs: Date.now(),
    id,
    act: 'sign-ins-revoked',
    operator: { user: 'causeway', sudoUser: null },
    reason: 'Test',
    person: { issuer: 'https://idp.example', subject: 'a', username: 'alice' },
  });
  const add = async (count: number): Promise<readonly string[]> => {
    const ids = Array.from({ length: count }, () => `act-${(made += 1)}`);
    await one.transaction((transaction) =>
      addActs(
        transaction,
        ids.map((id) => ({ id, record: recordOf(id) })),
      ),
    );
    return ids;
  };
  const idsOf = (some: readonly { readonly id: string }[]): readonly string[] => some.map(({ id }) => id);
  const write = (audit: AuditLog, dataDir: string, own = server.connect()): void => {
    const changes = followChanges({ readVersions: () => readVersions(own), log: silent, pollMs: 50 });
    const writing = writeStoredActs({ acts: openPostgresActs(own), changes, audit, dataDir, log: silent });
    onTestFinished(() => {
      writing.close();
      changes.close();
    });
  };
  const recordedIn = (dataDir: string): readonly string[] =>
    queryAudit(dataDir, { limit: 1000 }).flatMap(({ record }) => (record.type === 'administrator' ? [record.id] : []));

  it('are claimed by one relay each, in their order', async () => {
    const ids = await add(60);
    const other = openPostgresActs(server.connect());
    const claimed = await Promise.all([
      acts.claim('a', false),
      other.claim('b', false),
      acts.claim('c', false),
      other.claim('d', false),
    ]);
    expect(claimed.flatMap(idsOf).toSorted()).toEqual(ids.toSorted());
    for (const some of claimed) expect(idsOf(some)).toEqual(ids.filter((id) => idsOf(some).includes(id)));
  });

  it('of a relay that was killed are taken up by itself at once, and by others a minute later', async () => {
    const [id] = await add(1);
    expect(await acts.claim('a', true)).toMatchObject([{ id, wasClaimed: false }]);
    for (const [owner, isStart] of [
      ['a', false],
      ['b', true],
      ['b', false],
    ] as const)
      expect(await acts.claim(owner, isStart)).toEqual([]);
    expect(await acts.claim('a', true)).toMatchObject([{ id, wasClaimed: true }]);
    await one.run((database) => sql`UPDATE act SET claimed_at = now() - interval '61 seconds'`.execute(database));
    expect(await acts.claim('b', false)).toMatchObject([{ id, wasClaimed: true }]);
  });

  it('are each in the audit of one of several relays', async () => {
    const folders = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    for (const folder of folders) write(await openAudit(folder), folder);
    const ids = [...(await add(20)), ...(await add(20))];
    await expect.poll(() => acts.waiting()).toEqual([]);
    expect(folders.flatMap(recordedIn).toSorted()).toEqual(ids.toSorted());
  });

  it('that one relay can’t write are written by another', async () => {
    const broken: AuditLog = {
      ...(await openAudit(temporaryFolder())),
      healthy: true,
      append: (_record, done) => void setImmediate(done, new Error('The disk is full.')),
    };
    write(broken, temporaryFolder());
    const [id] = await add(1);
    const folder = temporaryFolder();
    write(await openAudit(folder), folder);
    await expect.poll(() => recordedIn(folder)).toEqual([id]);
  });

  it('are recorded once by a relay that was killed before it could say so', async () => {
    const [folder, own] = [temporaryFolder(), server.connect()];
    const audit = await openAudit(folder);
    const [id = ''] = await add(1);
    const [found] = await acts.claim('another', false);
    if (found !== undefined) await append(audit, found.record);
    await one.run((database) => sql`UPDATE act SET claimed_at = now() - interval '61 seconds'`.execute(database));
    write(audit, folder, own);
    await expect.poll(() => acts.waiting()).toEqual([]);
    expect(recordedIn(folder)).toEqual([id]);
  });

  it('are recorded once by a relay whose disk has them after it said that it failed', async () => {
    const folder = temporaryFolder();
    const audit = await openAudit(folder);
    let failures = 0;
    const slow: AuditLog = {
      ...audit,
      healthy: true,
      append: (record, done) =>
        audit.append(record, (error) => done(error ?? ((failures += 1) === 1 ? new Error('Too slow.') : null))),
    };
    write(slow, folder);
    const ids = [...(await add(1))];
    await expect.poll(() => failures).toBe(1);
    ids.push(...(await add(1)));
    await expect.poll(() => acts.waiting()).toEqual([]);
    expect(recordedIn(folder).toSorted()).toEqual(ids.toSorted());
  });

  it('outlast a relay whose data folder is thrown away', async () => {
    const folder = temporaryFolder();
    const audit = await openAudit(folder);
    const ids = await add(3);
    await acts.claim('the one that is gone', true);
    await audit.close();
    rmSync(folder, { recursive: true });
    await one.run((database) => sql`UPDATE act SET claimed_at = now() - interval '61 seconds'`.execute(database));
    const next = temporaryFolder();
    write(await openAudit(next), next);
    await expect.poll(() => recordedIn(next).toSorted()).toEqual(ids.toSorted());
  });
});
