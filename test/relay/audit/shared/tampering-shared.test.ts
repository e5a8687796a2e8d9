import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { auditLine } from '../../../../relay/audit/audit-line.ts';
import { formatVerifierKey } from '../../../../relay/audit/checkpoint-note.ts';
import { dayMs } from '../../../../relay/audit/retention/day-segments.ts';
import { openDatabaseLog } from '../../../../relay/audit/shared/database-log.ts';
import { knownLogs } from '../../../../relay/audit/shared/stored-records.ts';
import { verifyShared } from '../../../../relay/audit/shared/verify-shared.ts';
import type { AuditVerdict, VerifyOptions } from '../../../../relay/audit/verify-audit.ts';
import { openPostgresClient, type PostgresClient } from '../../../../relay/storage/postgres/postgres-client.ts';
import { postgresPlace } from '../../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../../support/start-postgres.ts';
import { decision } from '../audit-records.ts';
import type { ForgedLines } from '../forge-audit.ts';
import { changesOf, days, recordsACheckpoint, recordsADay } from '../tampering-changes.ts';
import { copyRelay, forgeShared, forgeSharedWithKey, sharedLines } from './forge-shared.ts';

const relaySays = (change: string): string => `UPDATE audit_relay SET ${change} WHERE relay = $1`;

let linesOfOther: readonly string[] = [];
const changes = changesOf(() => linesOfOther);

describe.runIf(postgresPrograms !== null)('an audit in PostgreSQL in which', { timeout: 60_000 }, () => {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  const verifierKey = formatVerifierKey(key);
  const signers = [
    ['one', key],
    ['other', generateKeyPairSync('ed25519').privateKey],
    ['cut', key],
  ] as const;
  const firstDay = Math.floor(Date.now() / dayMs) - days;
  let server: PostgresServer;
  let sql: PostgresClient;
  let keptCheckpoints: string;
  let state: NonNullable<VerifyOptions['state']>;
  let copies = 0;

  const verify = async (relay: string, options: VerifyOptions = {}): Promise<AuditVerdict> => {
    const [log] = await knownLogs(sql, relay);
    if (log === undefined) throw new Error('There is no such relay.');
    return verifyShared(sql, log, options);
  };
  /** A copy of the relay’s log, for one change. */
  const copy = async (from = 'one'): Promise<{ readonly relay: string; readonly lines: readonly string[] }> => {
    const relay = `copy-${(copies += 1)}`;
    await copyRelay(sql, from, relay);
    return { relay, lines: await sharedLines(sql, relay) };
  };

  beforeAll(async () => {
    server = await startPostgres();
    const storage = postgresPlace(await server.createDatabase());
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const [relay, by] of signers) {
      if (relay === 'cut') continue;
      for (let at = 0; at < days * recordsADay; at += recordsACheckpoint) {
        vi.setSystemTime((firstDay + Math.floor(at / recordsADay)) * dayMs + 1000);
        const log = await openDatabaseLog({ storage, relay, key: by, statementMs: 10_000 });
        const ids = Array.from({ length: recordsACheckpoint }, (_, index) => `${relay}-${at + index}`);
        await log.write(ids.map((id) => auditLine(decision(id, { timeMs: Date.now() }))));
        await log.checkpoint();
        await log.close();
      }
    }
    vi.useRealTimers();
    sql = await openPostgresClient(storage, { migrations: [] });
    await copyRelay(sql, 'one', 'cut');
    for (const [relay, by] of signers) {
      if (relay === 'one') continue;
      const log = await openDatabaseLog({ storage, relay, key: by, statementMs: 10_000 });
      expect(await log.cutDays(2)).toBe(20);
      await log.close();
    }
    linesOfOther = await sharedLines(sql, 'other');
    const { rows } = await sql.query(`SELECT note FROM audit_checkpoint WHERE relay = 'one' ORDER BY size`);
    keptCheckpoints = rows.map((row) => String(row['note'])).join('');
    const verdict = await verify('one', { verifierKey, keptCheckpoints });
    if (verdict.status !== 'ok') throw new Error(verdict.reason);
    ({ state } = verdict);
  }, 60_000);
  afterAll(async () => {
    await sql?.close();
    await server?.stop();
  });

  it.each(changes)('%s, with every hash computed anew, is broken where that shows', async (_what, change, seq) => {
    const { relay, lines } = await copy();
    await forgeShared(sql, relay, change(lines));
    for (const options of [{}, { verifierKey }, { verifierKey, keptCheckpoints }])
      expect(await verify(relay, options)).toMatchObject({ status: 'broken', seq });
  });

  it.each(changes)('%s, with a key of the forger’s own, is broken for who kept the key', async (_what, change) => {
    const { relay, lines } = await copy();
    const forged: ForgedLines = change(lines);
    await forgeSharedWithKey(sql, relay, forged);
    for (const options of [{ verifierKey }, { verifierKey, keptCheckpoints }, { keptCheckpoints }, { state }])
      expect(await verify(relay, options)).toMatchObject({ status: 'broken' });
    // Nothing in PostgreSQL itself tells a forgery that replaces everything from the real one.
    if (forged.from === 1) expect(await verify(relay)).toMatchObject({ status: 'ok' });
  });

  it('everything is rolled back, checkpoints too, is broken for who kept a checkpoint or has verified before', async () => {
    const { relay, lines } = await copy();
    await forgeShared(sql, relay, { from: 1, lines: lines.slice(0, 20) });
    await sql.query('DELETE FROM audit_checkpoint WHERE relay = $1 AND size > 20', [relay]);
    expect(await verify(relay, { verifierKey })).toMatchObject({ status: 'ok', records: 20 });
    for (const options of [{ verifierKey, keptCheckpoints }, { state }])
      expect(await verify(relay, options)).toMatchObject({ status: 'broken', seq: 21 });
  });

  it.each<[what: string, gone: number, changes: readonly string[], expected: object]>([
    ['days are gone as was signed', 20, [], { status: 'ok', cut: 20 }],
    ['more is gone than was signed', 30, [], { status: 'broken', seq: 1 }],
    ['more is said to be gone by age', 30, [relaySays('dropped_to = 30')], { status: 'broken', seq: 1 }],
    ['nothing was signed', 20, [relaySays('cut_detail = NULL')], { status: 'broken', seq: 1 }],
    [
      'nothing was signed, and it is said to be gone by age',
      20,
      [relaySays('cut_detail = NULL, dropped_to = 20')],
      { status: 'broken', seq: 1 },
    ],
    [
      'more is said to be signed',
      30,
      [relaySays(`cut_detail = replace(cut_detail, '1 to 20', '1 to 30')`)],
      { status: 'broken', seq: 1 },
    ],
    [
      'another relay has signed',
      20,
      [relaySays(`cut_detail = (SELECT cut_detail FROM audit_relay WHERE relay = 'other')`)],
      { status: 'broken', seq: 1 },
    ],
    [
      'what went is another tree',
      20,
      [`UPDATE audit_day SET edge = overlay(edge PLACING '\\x00' FROM 1) WHERE relay = $1 AND first_seq = 21`],
      { status: 'broken', seq: 20 },
    ],
  ])('%s', async (_what, gone, changes, expected) => {
    const { relay } = await copy('cut');
    await sql.query('DELETE FROM audit_record WHERE relay = $1 AND seq <= $2', [relay, gone]);
    await sql.query('DELETE FROM audit_day WHERE relay = $1 AND first_seq <= $2', [relay, gone]);
    for (const change of changes) await sql.query(change, [relay]);
    expect(await verify(relay, { verifierKey })).toMatchObject(expected);
  });

  it('rows of another relay stand under its id is broken for who kept the key', async () => {
    const { relay } = await copy('other');
    expect(await verify(relay)).toMatchObject({ status: 'ok' });
    for (const options of [{ verifierKey }, { keptCheckpoints }, { state }])
      expect(await verify(relay, options)).toMatchObject({ status: 'broken' });
  });
});
