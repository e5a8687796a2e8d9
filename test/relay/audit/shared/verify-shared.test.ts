import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { auditLine } from '../../../../relay/audit/audit-line.ts';
import { formatVerifierKey, signCheckpoint } from '../../../../relay/audit/checkpoint-note.ts';
import { cutStatement } from '../../../../relay/audit/cut-statement.ts';
import { dayMs } from '../../../../relay/audit/retention/day-segments.ts';
import { type DatabaseLog, openDatabaseLog } from '../../../../relay/audit/shared/database-log.ts';
import { splitHashes } from '../../../../relay/audit/shared/dates.ts';
import { daysOf } from '../../../../relay/audit/shared/partitions.ts';
import { dropOldDays, makeDaysAhead } from '../../../../relay/audit/shared/retain.ts';
import { knownLogs } from '../../../../relay/audit/shared/stored-records.ts';
import { verifyShared } from '../../../../relay/audit/shared/verify-shared.ts';
import { createTreeEdge } from '../../../../relay/audit/tree/tree-edge.ts';
import type { AuditVerdict, VerifyOptions } from '../../../../relay/audit/verify-audit.ts';
import { openPostgresClient, type PostgresClient } from '../../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../../relay/storage/postgres/postgres-settings.ts';
import { postgresPlace } from '../../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../../support/start-postgres.ts';
import { decision } from '../audit-records.ts';

const newKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;

describe.runIf(postgresPrograms !== null)('records of a relay in PostgreSQL', { timeout: 60_000 }, () => {
  const key = newKey();
  const today = Math.floor(Date.now() / dayMs);
  let server: PostgresServer;
  let storage: PostgresSettings;
  let sql: PostgresClient;
  const open = (relay = 'r-a', by = key): Promise<DatabaseLog> =>
    openDatabaseLog({ storage, relay, key: by, statementMs: 10_000 });
  const verify = async (options: VerifyOptions = {}, relay = 'r-a'): Promise<AuditVerdict> => {
    const [log] = await knownLogs(sql, relay);
    if (log === undefined) throw new Error('There is no such relay.');
    return verifyShared(sql, log, options);
  };
  /** Ten records on each of some days, signed at the end of each. */
  const writeDays = async (days: readonly number[], relay = 'r-a'): Promise<void> => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      for (const day of days) {
        vi.setSystemTime(day * dayMs + 1000);
        const log = await open(relay);
        await log.write(Array.from({ length: 10 }, (_, i) => auditLine(decision(`${relay}-${day}-${i}`))));
        await log.checkpoint();
        await log.close();
      }
    } finally {
      vi.useRealTimers();
    }
  };

  beforeAll(async () => void (server = await startPostgres()));
  beforeEach(async () => {
    storage = postgresPlace(await server.createDatabase());
    await (await open()).close();
    sql = await openPostgresClient(storage, { migrations: [] });
  });
  afterEach(() => sql.close());
  afterAll(() => server.stop());

  it('verify, from the beginning and onwards', async () => {
    await writeDays([today - 1]);
    const first = await verify();
    expect(first).toMatchObject({ status: 'ok', records: 10, from: 1, checkpoints: 1, signedUpTo: 10 });
    await writeDays([today]);
    const state = first.status === 'ok' ? first.state : undefined;
    expect(await verify({ state })).toMatchObject({ status: 'ok', records: 20, from: 11, checkpoints: 1 });
    expect(await verify({ verifierKey: formatVerifierKey(key) })).toMatchObject({ status: 'ok', records: 20 });
  });

  it.each([
    [
      'edited',
      `UPDATE audit_record SET payload = replace(payload, 'alice', 'mallory') WHERE seq = 7`,
      7,
      /was changed/,
    ],
    [
      'edited with its hash',
      `UPDATE audit_record SET payload = '{}', hash = sha256('\\x007b7d') WHERE seq = 7`,
      10,
      /differs from the signed checkpoint/,
    ],
    ['deleted', 'DELETE FROM audit_record WHERE seq = 7', 7, /Record 7 is missing/],
    ['deleted at the end', 'DELETE FROM audit_record WHERE seq > 15', 16, /Record 16 is missing/],
    [
      'cut off at the end',
      'DELETE FROM audit_record WHERE seq > 15; UPDATE audit_relay SET size = 15',
      16,
      /Records 16 to 20 are missing: a checkpoint was signed/,
    ],
    [
      'moved',
      `UPDATE audit_record AS one SET payload = other.payload, hash = other.hash FROM audit_record AS other
       WHERE one.seq + other.seq = 7 AND one.seq IN (3, 4)`,
      10,
      /differs from the signed checkpoint/,
    ],
    [
      'cut at the beginning',
      'DELETE FROM audit_record WHERE seq <= 10; DELETE FROM audit_day WHERE first_seq = 1',
      1,
      /Records 1 to 10 are missing, and no signed record says that they were cut/,
    ],
    [
      'with a forged checkpoint',
      `UPDATE audit_checkpoint SET note = note || 'x' WHERE size = 10`,
      10,
      /isn’t validly signed/,
    ],
  ])('that were %s are named', async (_what, change, seq, reason) => {
    await writeDays([today - 1, today]);
    await sql.query(change);
    expect(await verify()).toMatchObject({ status: 'broken', seq, reason: expect.stringMatching(reason) });
  });

  it('that another relay signed are named, also when the key was replaced with them', async () => {
    await writeDays([today]);
    const other = newKey();
    const note = signCheckpoint({ size: 10, hash: Buffer.alloc(32, 1) }, other);
    await sql.query('UPDATE audit_checkpoint SET note = $1', [note]);
    await sql.query('UPDATE audit_relay SET verifier_key = $1', [formatVerifierKey(other)]);
    expect(await verify({ verifierKey: formatVerifierKey(key) })).toMatchObject({ status: 'broken', seq: 10 });
    const state = { verifierKey: formatVerifierKey(key), size: 0, hashes: [], chainHash: null, verifiedAtMs: 0 };
    expect(await verify({ state })).toMatchObject({
      status: 'broken',
      reason: expect.stringMatching(/key .* replaced/),
    });
  });

  it.each<[what: string, status: string, signsAway: 'before' | 'after' | 'nowhere']>([
    ['as its key said before it was replaced', 'ok', 'before'],
    ['as a replaced key says in no record', 'broken', 'nowhere'],
    ['as a replaced key says in a later record', 'broken', 'after'],
  ])('that are cut %s: %s', async (_what, status, signsAway) => {
    await writeDays([today - 2, today - 1]);
    const [next, size] = [newKey(), 20];
    const { rows } = await sql.query('SELECT edge FROM audit_checkpoint WHERE size = $1', [size]);
    const edge = rows[0]?.['edge'] as Buffer;
    const root = createTreeEdge(size, splitHashes(edge)).root();
    const detail = cutStatement({ size, root: Buffer.from(root), keepDays: 1 }, key);
    const line = auditLine({ type: 'relay', timeMs: Date.now(), event: 'audit-cut', detail });
    const log = await open();
    if (signsAway === 'before') await log.write([line]);
    await log.replaceKey(next, 'test');
    if (signsAway === 'after') await log.write([line]);
    await log.write([auditLine(decision('later'))]);
    await log.checkpoint();
    await log.close();
    await sql.query('DELETE FROM audit_record WHERE seq <= $1', [size]);
    await sql.query('DELETE FROM audit_day WHERE first_seq <= $1', [size]);
    await sql.query('UPDATE audit_relay SET cut_size = $1, cut_detail = $2', [size, detail]);
    for (const verifierKey of [formatVerifierKey(key), formatVerifierKey(next)])
      expect(await verify({ verifierKey })).toMatchObject(
        status === 'ok' ? { status, cut: size } : { status, seq: 1, reason: expect.stringContaining('no signed') },
      );
  });

  it('verify while the relay goes on and changes its key', async () => {
    await writeDays([today]);
    const [known] = await knownLogs(sql, 'r-a');
    const log = await open();
    await log.replaceKey(newKey(), 'test');
    await log.write([auditLine(decision('later'))]);
    await log.checkpoint();
    expect(known && (await verifyShared(sql, known))).toMatchObject({ status: 'ok', records: 12, signedUpTo: 12 });
    // Whatever is written from the moment on at which the log’s end was read.
    const busy: PostgresClient = {
      ...sql,
      async query(text, values) {
        const found = await sql.query(text, values);
        if (!text.includes('FROM audit_relay')) return found;
        await log.replaceKey(newKey(), 'test');
        await log.write([auditLine(decision('meanwhile'))]);
        await log.checkpoint();
        return found;
      },
    };
    expect(known && (await verifyShared(busy, known))).toMatchObject({ status: 'ok', records: 12 });
    await log.close();
    await sql.query('DELETE FROM audit_record WHERE seq > 11');
    await sql.query('UPDATE audit_relay SET size = 11');
    expect(await verify(), 'records at the end are missing').toMatchObject({ status: 'broken', seq: 12 });
  });

  it('go by whole days, once each relay has signed that they may, and what stays verifies', async () => {
    const days = [5, 4, 3, 2, 1, 0].map((ago) => today - ago);
    await writeDays(days);
    await writeDays(days, 'r-b');
    await writeDays(days.slice(0, 4), 'r-gone');
    await sql.query(`UPDATE audit_relay SET written_at = now() - interval '4 days' WHERE relay = 'r-gone'`);
    await makeDaysAhead(sql);
    const log = await open();
    expect(await log.cutDays(3)).toBe(30);
    expect(await log.cutDays(3)).toBeUndefined();
    await log.close();
    await dropOldDays(sql, 3);
    expect((await daysOf(sql))[0], 'r-b hasn’t signed yet').toBe(today - 5);
    const other = await open('r-b');
    expect(await other.cutDays(3)).toBe(30);
    await other.close();
    await dropOldDays(sql, 3);
    expect(await daysOf(sql)).toEqual(Array.from({ length: 10 }, (_, index) => today - 2 + index));
    for (const relay of ['r-a', 'r-b'])
      expect(await verify({}, relay)).toMatchObject({ status: 'ok', cut: 30, from: 31, records: 61 });
    // It has stopped for good, and signs nothing any more.
    expect(await verify({}, 'r-gone')).toMatchObject({ status: 'ok', cut: 30, records: 40, unsignedCut: true });
    const { rows } = await sql.query('SELECT min(seq)::int AS first, count(*)::int AS count FROM audit_record');
    expect(rows).toEqual([{ first: 31, count: 72 }]);
  });
});
