import { chmodSync, chownSync, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { copyForBackup } from '../../../relay/backup/copy-for-backup.ts';
import { openUntouched } from '../../../relay/storage/open-to-read.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';
import { leftByKilledWriter, namesOfP } from '../audit/keys/killed-writer.ts';

it('a backup has nothing of what a writer had begun that was killed', async () => {
  const left = leftByKilledWriter();
  const to = join(temporaryFolder(), 'copy.sqlite');
  await copyForBackup(dirname(left), basename(left), to);
  const copy = new DatabaseSync(to, { readOnly: true });
  expect(namesOfP(copy)).toBe(1000);
  expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  copy.close();
});

it('who leaves files as they are doesn’t take half of a change for a database at rest', () => {
  const reader = openUntouched(leftByKilledWriter());
  expect(namesOfP(reader)).toBe(1000);
  reader.close();
});

const nobody = 65_534;

it.runIf(process.geteuid?.() === 0)('who may not take it back is told so, and reads nothing of it', async () => {
  const left = leftByKilledWriter();
  const folder = dirname(left);
  for (const path of [dirname(folder), folder]) chmodSync(path, 0o755);
  for (const path of [left, `${left}-journal`]) chmodSync(path, 0o644);
  const target = temporaryFolder();
  chownSync(target, nobody, nobody);
  process.seteuid?.(nobody);
  try {
    await expect(copyForBackup(folder, basename(left), join(target, 'copy.sqlite'))).rejects.toThrow(/readonly/);
  } finally {
    process.seteuid?.(0);
  }
  expect(existsSync(`${left}-journal`)).toBe(true);
});
