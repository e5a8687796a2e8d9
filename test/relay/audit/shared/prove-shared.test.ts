import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { auditLine } from '../../../../relay/audit/audit-line.ts';
import { formatVerifierKey, signCheckpoint } from '../../../../relay/audit/checkpoint-note.ts';
import { formatInclusionProof } from '../../../../relay/audit/prove-audit.ts';
import { dayMs } from '../../../../relay/audit/retention/day-segments.ts';
import { openDatabaseLog } from '../../../../relay/audit/shared/database-log.ts';
import { proveSharedGrowth, proveSharedRecord } from '../../../../relay/audit/shared/prove-shared.ts';
import { openRelayLog } from '../../../../relay/audit/shared/relay-log.ts';
import { dropOldDays } from '../../../../relay/audit/shared/retain.ts';
import { auditTables } from '../../../../relay/audit/shared/tables.ts';
import { proveCommand } from '../../../../relay/commands/verify-audit.ts';
import { openPostgresClient, type PostgresClient } from '../../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../../relay/storage/postgres/postgres-settings.ts';
import { postgresPlace } from '../../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../../support/start-postgres.ts';
import { decision } from '../audit-records.ts';
import { readCheckpoint, readProof, rootOfLines, verifiesConsistency } from '../independent-verifier.ts';

describe.runIf(postgresPrograms !== null)('proofs from what PostgreSQL has of a relay', { timeout: 60_000 }, () => {
  const key: KeyObject = generateKeyPairSync('ed25519').privateKey;
  const verifierKey = formatVerifierKey(key);
  const today = Math.floor(Date.now() / dayMs);
  const perDay = [3, 17, 32, 5, 61, 20];
  const counted = perDay.reduce((sum, count) => sum + count, 0);
  let server: PostgresServer;
  let storage: PostgresSettings;
  let sql: PostgresClient;

  /** As a relay does that ships its log: checkpoints come without edges, and not after each day. */
  const ship = async (relay: string): Promise<void> => {
    const log = await openRelayLog(sql, { relay, verifierKey });
    for (const [ago, count] of perDay.entries()) {
      const lines = Array.from({ length: count }, (_, at) => auditLine(decision(`${relay}-${ago}-${at}`)));
      await log.append(lines, today - perDay.length + ago);
      if (ago % 2 === 1)
        await log.keepNotes([{ size: log.size, note: signCheckpoint({ size: log.size, hash: log.root() }, key) }]);
    }
  };
  /** The tree over the first records, as an earlier checkpoint would have it. */
  const treeOf = async (relay: string, size: number): Promise<{ readonly size: number; readonly root: Buffer }> => {
    const { rows } = await sql.query('SELECT payload FROM audit_record WHERE relay = $1 AND seq <= $2 ORDER BY seq', [
      relay,
      size,
    ]);
    return { size, root: rootOfLines(rows.map((row) => String(row['payload']))) };
  };
  const prove = (relay: string, seq: number) => proveSharedRecord({ storage, relay }, seq);

  beforeAll(async () => {
    server = await startPostgres();
    storage = postgresPlace(await server.createDatabase());
    sql = await openPostgresClient(storage, { migrations: [auditTables] });
    await ship('shipped');
  });
  afterAll(async () => {
    await sql.close();
    await server.stop();
  });

  it.each(['shipped', 'written-there'])('hold for records of a log that was %s', async (relay) => {
    if (relay === 'written-there') {
      vi.useFakeTimers({ toFake: ['Date'] });
      try {
        for (const [ago, count] of perDay.entries()) {
          vi.setSystemTime((today - perDay.length + ago) * dayMs + 1000);
          const log = await openDatabaseLog({ storage, relay, key, statementMs: 10_000 });
          await log.write(Array.from({ length: count }, (_, at) => auditLine(decision(`${relay}-${ago}-${at}`))));
          await log.checkpoint();
          await log.close();
        }
      } finally {
        vi.useRealTimers();
      }
    }
    for (const seq of [1, 3, 4, 16, 20, 21, 52, 53, 57, 58, 100, 118, 119, counted]) {
      const proof = await prove(relay, seq);
      expect(JSON.parse(readProof(formatInclusionProof(proof), verifierKey))).toMatchObject({ type: 'decision' });
    }
    for (const from of [0, 1, 19, 32, 57, 100, counted]) {
      const proof = await proveSharedGrowth({ storage, relay }, from);
      expect(proof).toMatchObject({ from, size: counted });
      const hashes = proof.hashes.map((hash) => Buffer.from(hash, 'base64'));
      const to = readCheckpoint(proof.checkpoint, verifierKey);
      if (from > 0) expect(verifiesConsistency(await treeOf(relay, from), to, hashes)).toBe(true);
    }
  });

  it('go on when days were cut, for what is left', async () => {
    await ship('cut');
    await sql.query('UPDATE audit_relay SET cut_size = 20');
    await dropOldDays(sql, perDay.length - 1);
    const { rows } = await sql.query(`SELECT min(seq) AS first FROM audit_record WHERE relay = 'cut'`);
    const first = Number(rows[0]?.['first']);
    if (first === 1) throw new Error('Nothing was cut.');
    for (const seq of [first, first + 1, counted])
      expect(JSON.parse(readProof(formatInclusionProof(await prove('cut', seq)), verifierKey))).toHaveProperty('type');
    await expect(prove('cut', first - 1)).rejects.toThrow(/Records 1 to \d+ of the relay “cut” were cut/);
  });

  it.each([
    [`UPDATE audit_record SET payload = '{}' WHERE relay = 'bad' AND seq = 7`, 7, /differ from what was signed/],
    [`UPDATE audit_record SET hash = sha256('x') WHERE relay = 'bad' AND seq = 8`, 7, /differ from what was signed/],
    [`DELETE FROM audit_record WHERE relay = 'bad' AND seq = 8`, 7, /the others were cut, or are missing/],
    [`DELETE FROM audit_record WHERE relay = 'bad' AND seq = 7`, 7, /has no record 7/],
    [`DELETE FROM audit_checkpoint WHERE relay = 'bad' AND size > 20`, 21, /no checkpoint is in “storage” yet/],
    ['SELECT 1', counted + 1, /has no record 139 in “storage”; its last is 138/],
  ])('are refused after: %s', async (change, seq, reason) => {
    await ship('bad');
    try {
      await sql.query(change);
      await expect(prove('bad', seq)).rejects.toThrow(reason);
    } finally {
      for (const table of ['audit_record', 'audit_checkpoint', 'audit_day', 'audit_relay'])
        await sql.query(`DELETE FROM ${table} WHERE relay = 'bad'`);
    }
  });

  it('are printed by the command, and refused for a relay that there isn’t', async () => {
    let text = '';
    const asked = { dataDir: '/nonexistent', from: undefined, json: false, write: (more: string) => (text += more) };
    expect(await proveCommand({ ...asked, shared: { storage, relay: 'shipped' }, seq: '25' })).toBe(0);
    expect(JSON.parse(readProof(text, verifierKey))).toMatchObject({ requestId: 'shipped-2-4' });
    await expect(proveCommand({ ...asked, shared: { storage, relay: 'nobody' }, seq: '25' })).rejects.toThrow(
      /is of the relay “nobody”. There are: .*shipped/,
    );
  });
});
