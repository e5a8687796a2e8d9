import { createPrivateKey } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { signCheckpoint, splitNotes } from '../../../relay/audit/checkpoint-note.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { leafHash } from '../../../relay/audit/tree/tree-hash.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { append, decision, openAudit, outcome, silent, temporaryFolder } from './audit-fixtures.ts';

/** Twenty records with a checkpoint after each five, closed. */
async function writeRecords(dataDir: string): Promise<void> {
  const audit = await createAuditLog({ dataDir, log: silent, checkpointEveryRecords: 5 });
  for (let i = 1; i <= 20; i += 1) await append(audit, i % 2 === 1 ? decision(`r${i}`) : outcome(`r${i - 1}`));
  await audit.close();
}

let written: string;

beforeAll(async () => {
  written = mkdtempSync(join(tmpdir(), 'causeway-audit-'));
  await writeRecords(written);
});
afterAll(() => rmSync(written, { recursive: true, force: true }));

/** A copy of such an audit. */
function writtenFolder(): string {
  const dataDir = temporaryFolder();
  cpSync(written, dataDir, { recursive: true });
  return dataDir;
}

function alter(dataDir: string, change: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(auditFiles(dataDir).database);
  change(database);
  database.close();
}

/** What somebody without the signing key can do at most: recompute every hash. */
function rehash(database: DatabaseSync): void {
  const hash = database.prepare('UPDATE audit SET hash = ? WHERE seq = ?');
  for (const row of database.prepare('SELECT seq, payload FROM audit ORDER BY seq').all())
    hash.run(leafHash(String(row['payload'])), Number(row['seq']));
}

const deny = `replace(payload, '"allow"', '"deny"')`;

describe('an altered audit', () => {
  const cases: readonly [string, number, (database: DatabaseSync) => void][] = [
    ['an edited record', 7, (db) => db.exec(`UPDATE audit SET payload = ${deny} WHERE seq = 7`)],
    ['an edited hash', 9, (db) => db.exec('UPDATE audit SET hash = zeroblob(32) WHERE seq = 9')],
    ['a deleted record', 8, (db) => db.exec('DELETE FROM audit WHERE seq = 8')],
    [
      'a deleted record whose number is filled again',
      10,
      (db) => db.exec('DELETE FROM audit WHERE seq = 8; UPDATE audit SET seq = seq - 1 WHERE seq > 8'),
    ],
    [
      'two records in each other’s place',
      5,
      (db) =>
        db.exec(
          'UPDATE audit SET seq = -1 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = -1',
        ),
    ],
    ['truncated records', 18, (db) => db.exec('DELETE FROM audit WHERE seq >= 18')],
    [
      'truncated records together with their stored checkpoints',
      13,
      (db) => db.exec('DELETE FROM audit WHERE seq > 12; DELETE FROM note WHERE seq > 12'),
    ],
    ['everything deleted', 1, (db) => db.exec('DELETE FROM audit; DELETE FROM note')],
    [
      'an edited record with all hashes recomputed',
      10,
      (db) => {
        db.exec(`UPDATE audit SET payload = ${deny} WHERE seq = 7`);
        rehash(db);
      },
    ],
    [
      'a stored checkpoint that is edited',
      10,
      (db) => db.exec(`UPDATE note SET note = replace(note, '=', 'A') WHERE seq = 10`),
    ],
  ];
  for (const [name, seq, change] of cases) {
    it(`is broken at record ${seq} with ${name}`, async () => {
      const dataDir = writtenFolder();
      alter(dataDir, change);
      expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq });
    });
  }

  it('is broken when it is rolled back and written on', async () => {
    const dataDir = writtenFolder();
    alter(dataDir, (db) => db.exec('DELETE FROM audit WHERE seq > 12; DELETE FROM note WHERE seq > 12'));
    const audit = await openAudit(dataDir);
    for (let i = 0; i < 20; i += 1) await append(audit, decision(`later-${i}`));
    await audit.close();
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq: 15 });
  });

  it('is broken when the checkpoint file is shortened', async () => {
    const dataDir = writtenFolder();
    const { checkpoints } = auditFiles(dataDir);
    writeFileSync(checkpoints, splitNotes(readFileSync(checkpoints, 'utf8')).slice(0, 2).join(''));
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq: 20 });
  });

  it('is broken when a checkpoint in the file is edited or signed by another key', async () => {
    const dataDir = writtenFolder();
    const other = temporaryFolder();
    await writeRecords(other);
    const { checkpoints } = auditFiles(dataDir);
    const original = readFileSync(checkpoints, 'utf8');
    writeFileSync(checkpoints, original.replace('\n15\n', '\n14\n'));
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq: 11 });
    writeFileSync(checkpoints, original);
    const verifierKey = readFileSync(auditFiles(other).verifierKey, 'utf8');
    expect(verifyAudit(dataDir, { verifierKey })).toMatchObject({ status: 'broken', seq: 1 });
  });
});

describe('the checkpoint file', () => {
  const cases: readonly [string, number, (notes: readonly string[]) => readonly string[]][] = [
    ['two notes in each other’s place', 5, ([a = '', b = '', ...rest]) => [b, a, ...rest]],
    ['its first note again at the end', 5, (notes) => [...notes, notes[0] ?? '']],
    ['one note taken out of the middle', 10, (notes) => notes.filter((_note, at) => at !== 1)],
    ['its notes backwards', 15, (notes) => notes.toReversed()],
    [
      'a note whose key id is another',
      6,
      (notes) =>
        notes.map((note, index) => {
          if (index !== 1) return note;
          const [head = '', name = '', signature = ''] = note.split(/— (\S+) /u);
          const bytes = Buffer.from(signature, 'base64');
          bytes[3] = (bytes[3] ?? 0) ^ 1;
          return `${head}— ${name} ${bytes.toString('base64')}\n`;
        }),
    ],
    ['a note without its last line end', 16, (notes) => [...notes.slice(0, -1), (notes.at(-1) ?? '').trimEnd()]],
    [
      'a note of another origin',
      6,
      (notes) => notes.map((note, at) => (at === 2 ? note.replaceAll('causeway/audit/', 'causeway/other/') : note)),
    ],
  ];
  for (const [name, seq, change] of cases) {
    it(`is broken at record ${seq} with ${name}`, async () => {
      const dataDir = writtenFolder();
      const { checkpoints } = auditFiles(dataDir);
      writeFileSync(checkpoints, change(splitNotes(readFileSync(checkpoints, 'utf8'))).join(''));
      expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq });
    });
  }
});

describe('the checkpoint file', () => {
  it('is broken with a second, different note for the same record, though the key signed both', async () => {
    const dataDir = writtenFolder();
    const { checkpoints, signingKey } = auditFiles(dataDir);
    const [first = '', ...rest] = splitNotes(readFileSync(checkpoints, 'utf8'));
    const key = createPrivateKey(readFileSync(signingKey));
    const other = signCheckpoint({ size: 5, hash: Buffer.alloc(32, 1) }, key);
    writeFileSync(checkpoints, [first, other, ...rest].join(''));
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq: 5 });
  });

  it('may hold the same note twice, as after a crash', async () => {
    const dataDir = writtenFolder();
    const { checkpoints } = auditFiles(dataDir);
    const [first = '', ...rest] = splitNotes(readFileSync(checkpoints, 'utf8'));
    writeFileSync(checkpoints, [first, first, ...rest].join(''));
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 20 });
  });
});

describe('the verifier key', () => {
  it('is taken from the signing key when its file is missing; with neither, nothing counts as whole', async () => {
    const dataDir = writtenFolder();
    const { signingKey, verifierKey } = auditFiles(dataDir);
    rmSync(verifierKey);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 20 });
    rmSync(signingKey);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq: 0 });
  });
});

describe('what is said of an altered audit', () => {
  it.each<[what: string, change: string, reason: RegExp]>([
    ['one record is missing at the end', 'DELETE FROM audit WHERE seq = 20', /^Records 20 to 20 are missing/],
    ['some are', 'DELETE FROM audit WHERE seq >= 18', /^Records 18 to 20 are missing/],
    ['one is missing before', 'DELETE FROM audit WHERE seq = 8', /^Record 8 is missing/],
    ['one was edited', `UPDATE audit SET payload = ${deny} WHERE seq = 7`, /^Record 7 was changed, moved or put in/],
  ])('%s', (_what, change, reason) => {
    const dataDir = writtenFolder();
    alter(dataDir, (db) => db.exec(change));
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', reason: expect.stringMatching(reason) });
  });

  it('counts by the verifier key that stands beside it, not by the signing key', async () => {
    const dataDir = writtenFolder();
    const other = temporaryFolder();
    await writeRecords(other);
    cpSync(auditFiles(other).verifierKey, auditFiles(dataDir).verifierKey);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq: 1 });
    writeFileSync(auditFiles(dataDir).verifierKey, 'no key');
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq: 0 });
  });
});

describe('an untouched audit', () => {
  it('is whole, also with the verifier key kept elsewhere', async () => {
    const dataDir = writtenFolder();
    const whole = { status: 'ok', records: 20, from: 1, cut: 0, checkpoints: 4, signedUpTo: 20 };
    expect(verifyAudit(dataDir)).toMatchObject(whole);
    const verifierKey = readFileSync(auditFiles(dataDir).verifierKey, 'utf8');
    expect(verifyAudit(dataDir, { verifierKey })).toMatchObject(whole);
  });

  it('stays whole over restarts and while it is being written', async () => {
    const dataDir = writtenFolder();
    const audit = await openAudit(dataDir, { checkpointEveryRecords: 3 });
    for (let i = 0; i < 8; i += 1) {
      await append(audit, decision(`more-${i}`));
      expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 21 + i });
    }
  });

  for (const [name, kept] of [
    ['nothing', 0],
    ['the first letters', 4],
    ['the first line', 17],
    ['half', 100],
  ] as const)
    it(`mends the checkpoint file when a crash left ${name} of the last note in it`, async () => {
      const dataDir = writtenFolder();
      const { checkpoints } = auditFiles(dataDir);
      const whole = readFileSync(checkpoints, 'utf8');
      const notes = splitNotes(whole);
      writeFileSync(checkpoints, notes.slice(0, -1).join('') + notes.at(-1)?.slice(0, kept));
      await (await openAudit(dataDir)).close();
      expect(readFileSync(checkpoints, 'utf8')).toBe(whole);
      expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 20 });
    });
});
