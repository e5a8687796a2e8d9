import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { auditFiles, loadSigningKey } from '../../../relay/audit/audit-files.ts';
import { auditLine } from '../../../relay/audit/audit-line.ts';
import { openAuditStore } from '../../../relay/audit/audit-store.ts';
import { claimedSize, splitNotes } from '../../../relay/audit/checkpoint-note.ts';
import { formatConsistencyProof, proveGrowth } from '../../../relay/audit/prove-audit.ts';
import { periodOf } from '../../../relay/audit/retention/checkpoints-to-keep.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { decision, temporaryFolder } from './audit-fixtures.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.UTC(2026, 0, 1);

/** An audit with a signed record at each of these hours after the start. */
function signedAt(hours: readonly number[]): { dataDir: string; readonly thinAt: (hour: number) => void } {
  const dataDir = temporaryFolder();
  const files = auditFiles(dataDir);
  const open = (nowMs: number) =>
    openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: () => nowMs });
  const store = open(startMs);
  for (const hour of hours) {
    store.write([auditLine(decision(`h${hour}`, { timeMs: startMs + hour * hourMs }))]);
    store.checkpoint();
  }
  store.close();
  return {
    dataDir,
    thinAt: (hour) => {
      const again = open(startMs + hour * hourMs);
      while (again.thinSome());
      again.close();
    },
  };
}

const sizesIn = (path: string): number[] => splitNotes(readFileSync(path, 'utf8')).map(claimedSize);

function sizesStored(dataDir: string): number[] {
  const database = new DatabaseSync(auditFiles(dataDir).database, { readOnly: true });
  const sizes = database.prepare('SELECT seq FROM note ORDER BY seq').all();
  database.close();
  return sizes.map((row) => Number(row['seq']));
}

/** Files below a folder that this process has open, where the system tells. */
function openFilesIn(folder: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd')
    .map((name) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`);
      } catch {
        // The one that the listing itself had open.
        return '';
      }
    })
    .filter((path) => path.startsWith(folder));
}

describe('checkpoints that get old', () => {
  it.each<[age: string, timeMs: number, period: string | null]>([
    ['of this moment', 100 * dayMs, null],
    ['of a clock that was ahead', 101 * dayMs, null],
    ['just short of two days', 98 * dayMs + 1, null],
    ['two days old', 98 * dayMs, `hour ${98 * 24}`],
    ['just short of sixty days', 40 * dayMs + 1, `hour ${40 * 24}`],
    ['sixty days old', 40 * dayMs, 'day 40'],
    ['a year old', -265 * dayMs + 5 * hourMs, 'day -265'],
  ])('are told apart when %s', (_, timeMs, period) => {
    expect(periodOf(timeMs, 100 * dayMs)).toBe(period);
  });

  it('stay while they are of the last two days', () => {
    const { dataDir, thinAt } = signedAt([0, 0.1, 0.2, 10, 10.1]);
    thinAt(40);
    expect(sizesStored(dataDir)).toEqual([1, 2, 3, 4, 5]);
    expect(sizesIn(auditFiles(dataDir).checkpoints)).toEqual([1, 2, 3, 4, 5]);
  });

  it('are left out but the last of each hour, then of each day, in both places', () => {
    const { dataDir, thinAt } = signedAt([0, 0.1, 0.2, 1, 1.5, 24, 100, 100.1]);
    const { checkpoints } = auditFiles(dataDir);
    thinAt(60);
    expect(sizesStored(dataDir)).toEqual([3, 5, 6, 7, 8]);
    expect(sizesIn(checkpoints)).toEqual([3, 5, 6, 7, 8]);
    thinAt(61 * 24 + 5);
    expect(sizesStored(dataDir)).toEqual([5, 6, 8]);
    expect(sizesIn(checkpoints)).toEqual([5, 6, 8]);
    expect(statSync(checkpoints).mode & 0o777).toBe(0o600);
  });

  it('verify, also with all of them kept elsewhere, and prove growth from one that was left out', () => {
    const { dataDir, thinAt } = signedAt([0, 0.1, 0.2, 0.3, 200]);
    const { checkpoints } = auditFiles(dataDir);
    const kept = `${checkpoints}.kept`;
    copyFileSync(checkpoints, kept);
    thinAt(200);
    expect(sizesStored(dataDir)).toEqual([4, 5]);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 5, checkpoints: 2 });
    const all = verifyAudit(dataDir, { keptCheckpoints: readFileSync(kept, 'utf8') });
    expect(all).toMatchObject({ status: 'ok', checkpoints: 5, signedUpTo: 5 });
    expect(formatConsistencyProof(proveGrowth(dataDir, 2))).toMatch(/^old 2\n/);
  });

  it('show a change of a record whose own checkpoint was left out', () => {
    const { dataDir, thinAt } = signedAt([0, 0.1, 0.2, 200]);
    thinAt(200);
    const database = new DatabaseSync(auditFiles(dataDir).database);
    database.exec(`UPDATE audit SET payload = replace(payload, 'allow', 'deny') WHERE seq = 1`);
    database.close();
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq: 1 });
  });

  it('leave what isn’t a note in the file, for the verifier to name', () => {
    const { dataDir, thinAt } = signedAt([0, 0.1, 200]);
    const { checkpoints } = auditFiles(dataDir);
    appendFileSync(checkpoints, `causeway/audit/${'0'.repeat(16)}\nnot a number\n`);
    thinAt(200);
    expect(readFileSync(checkpoints, 'utf8')).toContain('not a number');
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken' });
  });

  it('are copied in parts from a file of any length', () => {
    const { dataDir, thinAt } = signedAt([0, 0.1, 200]);
    const { checkpoints } = auditFiles(dataDir);
    const [first = '', ...others] = splitNotes(readFileSync(checkpoints, 'utf8'));
    // Notes that the database lacks, as after a crash between the two places.
    const extra = Array.from({ length: 9000 }, () => first).join('');
    writeFileSync(checkpoints, extra + others.join(''));
    thinAt(200);
    expect(sizesIn(checkpoints)).toEqual([2, 3]);
  });

  it('are all left where they are, without a copy or an open file, when the relay ends in the middle', () => {
    const { dataDir } = signedAt([0, 0.1, 200]);
    const files = auditFiles(dataDir);
    const [first = '', ...others] = splitNotes(readFileSync(files.checkpoints, 'utf8'));
    const content = Array.from({ length: 9000 }, () => first).join('') + others.join('');
    writeFileSync(files.checkpoints, content);
    const open = (): readonly string[] => openFilesIn(dataDir);
    const before = open();
    const now = (): number => startMs + 200 * hourMs;
    const store = openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now });
    const copyOf = `${files.checkpoints}.thinned`;
    while (!existsSync(copyOf)) expect(store.thinSome()).toBe(true);
    expect(store.thinSome()).toBe(true);
    store.close();
    expect([existsSync(copyOf), readFileSync(files.checkpoints, 'utf8') === content]).toEqual([false, true]);
    expect(open()).toEqual(before);
  });
});
