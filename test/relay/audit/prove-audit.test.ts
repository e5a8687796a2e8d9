import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { splitNotes } from '../../../relay/audit/checkpoint-note.ts';
import { proveCommand } from '../../../relay/commands/verify-audit.ts';
import { readCheckpoint, readProof, rootOfLines, verifiesConsistency } from './independent-verifier.ts';
import { append, decision, openAudit, temporaryFolder } from './audit-fixtures.ts';

/** 700 records, with a checkpoint after each hundred at the latest. */
async function writeRecords(): Promise<string> {
  const dataDir = temporaryFolder();
  const audit = await openAudit(dataDir, { checkpointEveryRecords: 100 });
  for (let part = 0; part < 7; part += 1)
    await Promise.all(Array.from({ length: 100 }, (_, i) => append(audit, decision(`r${part * 100 + i + 1}`))));
  await audit.close();
  return dataDir;
}

async function prove(dataDir: string, asked: { seq?: string; from?: string; json?: boolean }): Promise<string> {
  let written = '';
  await proveCommand({
    dataDir,
    seq: asked.seq,
    from: asked.from,
    json: asked.json ?? false,
    write: (text) => (written += text),
  });
  return written;
}

describe('a proof', () => {
  it.each<[what: string, asked: { seq?: string; from?: string }, reason: RegExp]>([
    ['of nothing', {}, /^Give the number of a record/],
    ['of two things', { seq: '1', from: '1' }, /^Give the number of a record/],
    ['of a record 0', { seq: '0' }, /isn’t the number of a record/],
    ['of a record -1', { seq: '-1' }, /isn’t the number of a record/],
    ['of a record 1e2', { seq: '1e2' }, /isn’t the number of a record/],
    ['of a record that isn’t there', { seq: '701' }, /has no record 701/],
    ['of more than is signed', { from: '701' }, /^Record 701 isn’t signed yet/],
  ])('%s is refused', async (_what, asked, reason) => {
    const dataDir = await writeRecords();
    await expect(prove(dataDir, asked)).rejects.toThrow(reason);
  });

  it('is refused when the records differ from what was signed', async () => {
    const dataDir = await writeRecords();
    const database = new DatabaseSync(auditFiles(dataDir).database);
    database.exec(`UPDATE audit SET payload = replace(payload, 'allow', 'deny') WHERE seq = 650`);
    database.close();
    await expect(prove(dataDir, { seq: '650' })).rejects.toThrow(/differs from its newest checkpoint/);
  });

  it('of each record, and that each checkpoint is the beginning of the newest, convinces a verifier of its own', async () => {
    const dataDir = await writeRecords();
    const files = auditFiles(dataDir);
    const key = readFileSync(files.verifierKey, 'utf8');
    const database = new DatabaseSync(files.database, { readOnly: true });
    const lines = database
      .prepare('SELECT payload FROM audit ORDER BY seq')
      .all()
      .map((row) => String(row['payload']));
    database.close();
    for (const seq of [1, 2, 255, 256, 257, 511, 512, 513, 699, 700])
      expect(readProof(await prove(dataDir, { seq: String(seq) }), key)).toBe(lines[seq - 1]);
    const checkpoints = splitNotes(readFileSync(files.checkpoints, 'utf8')).map((note) => readCheckpoint(note, key));
    expect(checkpoints.length).toBeGreaterThan(1);
    for (const old of checkpoints) {
      expect(old.root).toEqual(rootOfLines(lines.slice(0, old.size)));
      const [head = '', ...rest] = (await prove(dataDir, { from: String(old.size) })).split('\n\n');
      const [from, ...hashes] = head.split('\n');
      expect(from).toBe(`old ${old.size}`);
      const newest = readCheckpoint(rest.join('\n\n'), key);
      expect(
        verifiesConsistency(
          old,
          newest,
          hashes.filter((hash) => hash !== '').map((hash) => Buffer.from(hash, 'base64')),
        ),
      ).toBe(true);
    }
    expect(JSON.parse(await prove(dataDir, { seq: '7', json: true }))).toMatchObject({
      seq: 7,
      index: 6,
      size: 700,
      line: lines[6],
    });
    expect(JSON.parse(await prove(dataDir, { from: '100', json: true }))).toMatchObject({ from: 100, size: 700 });
  });
});
