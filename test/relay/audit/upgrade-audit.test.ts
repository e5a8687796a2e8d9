import { cpSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { chainHash, chainStart } from '../../../relay/audit/chain-hash.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { formatInclusionProof, proveRecord } from '../../../relay/audit/prove-audit.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { readProof } from './independent-verifier.ts';
import { append, decision, openAudit, silent, temporaryFolder } from './audit-fixtures.ts';

/** A folder that the version before the tree wrote: 300 chained records, and checkpoints of the chain at 100, 150, 250, 300. */
function folderBeforeTree(): string {
  const dataDir = temporaryFolder();
  cpSync(new URL('./folder-before-tree', import.meta.url), dataDir, { recursive: true });
  return dataDir;
}

function alter(dataDir: string, sql: string): void {
  const database = new DatabaseSync(auditFiles(dataDir).database);
  database.exec(sql);
  database.close();
}

/** Edits an old record and chains it and all after it anew, as somebody would who can write the folder. */
function forgeChain(dataDir: string, edited: number): void {
  const database = new DatabaseSync(auditFiles(dataDir).database);
  const update = database.prepare('UPDATE audit SET payload = ?, hash = ? WHERE seq = ?');
  let chain: Uint8Array = chainStart;
  for (const row of database.prepare('SELECT seq, payload FROM audit WHERE seq <= 300 ORDER BY seq').all()) {
    const seq = Number(row['seq']);
    const payload = String(row['payload']);
    const forged = seq === edited ? payload.replace('{', '{"more":1,') : payload;
    expect(forged === payload).toBe(seq !== edited);
    chain = chainHash(chain, forged, seq);
    update.run(forged, chain, seq);
  }
  database.close();
}

async function goOn(dataDir: string, records: number): Promise<void> {
  const audit = await openAudit(dataDir);
  for (let i = 0; i < records; i += 1) expect(await append(audit, decision(`new-${i}`))).toBeNull();
  await audit.close();
}

describe('a folder of the version before the tree', () => {
  it('refuses that version from then on, with a sentence, as soon as it reads checkpoints at its start', async () => {
    const dataDir = folderBeforeTree();
    await goOn(dataDir, 1);
    const database = new DatabaseSync(auditFiles(dataDir).database);
    // What that version runs before anything else.
    database.exec(`
      CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, payload TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS checkpoint (seq INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
    `);
    for (const statement of [
      'INSERT OR REPLACE INTO checkpoint (seq, note) VALUES (?, ?)',
      'SELECT seq, note FROM checkpoint ORDER BY seq DESC LIMIT 1',
    ])
      expect(() => database.prepare(statement)).toThrow(
        'a newer version of Causeway wrote this data folder: start that one',
      );
    database.close();
  });

  it('goes on without a gap: old and new records verify, can be listed, and each has its proof', async () => {
    const dataDir = folderBeforeTree();
    const kept = readFileSync(auditFiles(dataDir).verifierKey, 'utf8');
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 300, checkpoints: 4, signedUpTo: 300 });
    await goOn(dataDir, 20);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 320, checkpoints: 5, signedUpTo: 320 });
    expect(verifyAudit(dataDir, { verifierKey: kept })).toMatchObject({ status: 'ok' });
    expect(queryAudit(dataDir, { limit: 1000 }).at(-1)?.seq).toBe(1);
    const key = readFileSync(auditFiles(dataDir).verifierKey, 'utf8');
    for (const seq of [1, 7, 256, 257, 300, 301, 320])
      expect(JSON.parse(readProof(formatInclusionProof(proveRecord(dataDir, seq)), key))).toHaveProperty('requestId');
  });

  it.each<[what: string, sql: string, seq: number]>([
    ['an old record edited', `UPDATE audit SET payload = replace(payload, 'allow', 'deny') WHERE seq = 41`, 41],
    [
      'two old ones swapped',
      'UPDATE audit SET seq = -1 WHERE seq = 9; UPDATE audit SET seq = 9 WHERE seq = 10; UPDATE audit SET seq = 10 WHERE seq = -1',
      9,
    ],
    ['an old one taken out', 'DELETE FROM audit WHERE seq = 12', 12],
    ['the end of the chain said to be earlier', 'UPDATE chain SET ends_at = 200', 201],
    ['the end of the chain said to be later', 'UPDATE chain SET ends_at = 310', 301],
    ['the tree of old ones changed', 'UPDATE tree SET hash = zeroblob(32)', 256],
    ['the tree of old ones gone', 'DELETE FROM tree', 256],
  ])('is broken afterwards with %s', async (_what, sql, seq) => {
    const dataDir = folderBeforeTree();
    await goOn(dataDir, 20);
    alter(dataDir, sql);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq });
  });

  it.each([
    [41, 100],
    [100, 100],
    [101, 150],
    [300, 300],
  ])('is broken with record %i forged and all chained anew, by the checkpoint of record %i', async (edited, seq) => {
    const dataDir = folderBeforeTree();
    forgeChain(dataDir, edited);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq, reason: expect.stringContaining('signed') });
    await goOn(dataDir, 20);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq, reason: expect.stringContaining('signed') });
    const later = folderBeforeTree();
    await goOn(later, 20);
    forgeChain(later, edited);
    expect(verifyAudit(later)).toMatchObject({ status: 'broken', seq, reason: expect.stringContaining('signed') });
  });

  it('stays broken where it was broken before', async () => {
    const dataDir = folderBeforeTree();
    alter(dataDir, 'DELETE FROM audit WHERE seq = 12');
    await goOn(dataDir, 20);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq: 12 });
  });
});

describe('a folder of a version to come', () => {
  it('is refused with a sentence, and nothing in it changes', async () => {
    const dataDir = folderBeforeTree();
    await goOn(dataDir, 1);
    alter(dataDir, 'PRAGMA user_version = 3; DROP TABLE chain');
    const before = readFileSync(auditFiles(dataDir).database);
    const sentence =
      /audit\.sqlite was made by a newer relay \(its schema has version 3, this relay knows 2\)\. Run that relay again\./;
    await expect(createAuditLog({ dataDir, log: silent })).rejects.toThrow(sentence);
    expect(() => verifyAudit(dataDir)).toThrow(sentence);
    expect(readFileSync(auditFiles(dataDir).database).equals(before)).toBe(true);
  });
});
