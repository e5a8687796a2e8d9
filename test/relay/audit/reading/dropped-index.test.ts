import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { auditFiles } from '../../../../relay/audit/audit-files.ts';
import { openForReading } from '../../../../relay/audit/open-audit.ts';
import { type AuditIndex, openIndex } from '../../../../relay/audit/reading/audit-index.ts';
import { createRevealer } from '../../../../relay/audit/keys/revealer.ts';
import { openAuditReader } from '../../../../relay/audit/reading/audit-reader.ts';
import { firstSeqOf } from '../../../../relay/audit/reading/segment.ts';
import { fillAudit } from '../../../support/fill-audit.ts';
import { useTemporaryFolder } from './temporary-folders.ts';

const folder = useTemporaryFolder();

function withIndex<T>(work: (index: AuditIndex) => T): T {
  const database = openForReading(folder.path);
  try {
    return work(openIndex(folder.path, database, createRevealer(auditFiles(folder.path).keys)));
  } finally {
    database.close();
  }
}

it('nothing is left in the index of records that were cut, and what is left of the audit is found', () => {
  fillAudit(folder.path, 100_000);
  const { database, index: indexFolder } = auditFiles(folder.path);
  withIndex((index) => [0, 1, 2].forEach((number) => index.write(number)));
  const files = (): readonly string[] => readdirSync(indexFolder).toSorted();
  expect(files()).toEqual(['00000000.idx', '00000001.idx', '00000002.idx']);
  withIndex((index) => index.dropCut());
  expect(files()).toHaveLength(3);

  const cutUpTo = firstSeqOf(1) + 1_000;
  const writable = new DatabaseSync(database);
  writable.prepare('DELETE FROM audit WHERE seq <= ?').run(cutUpTo);
  writable.close();
  const before = readFileSync(`${indexFolder}/00000001.idx`);
  withIndex((index) => index.dropCut());
  expect(files()).toEqual(['00000002.idx']);

  const reader = openAuditReader(folder.path);
  const seqs = [...reader.newestFirst({ api: 'payroll' })].map(({ seq }) => seq);
  reader.close();
  expect(seqs.length).toBeGreaterThan(1000);
  expect(Math.min(...seqs)).toBeGreaterThan(cutUpTo);
  withIndex((index) => index.dropCut());
  expect(files()).toEqual(['00000001.idx', '00000002.idx']);
  expect(readFileSync(`${indexFolder}/00000001.idx`).equals(before)).toBe(false);
});
