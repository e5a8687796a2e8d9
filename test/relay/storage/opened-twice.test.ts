import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { auditFiles, loadSigningKey } from '../../../relay/audit/audit-files.ts';
import { openAuditStore } from '../../../relay/audit/audit-store.ts';
import { openKeyDatabase } from '../../../relay/audit/keys/key-database.ts';
import { isDatabase } from '../../../relay/backup/copy-for-backup.ts';
import { openPrivateDatabase } from '../../../relay/storage/open-private-database.ts';
import { listsLocks, locksOn } from '../../support/locks-on.ts';

let folder: string;
let opened: { close(): void }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-opened-'));
  opened = [];
});

afterEach(() => {
  for (const each of opened) each.close();
  rmSync(folder, { recursive: true, force: true });
});

const keep = <T extends { close(): void }>(each: T): T => {
  opened.push(each);
  return each;
};
const usual = (): DatabaseSync => {
  const database = openPrivateDatabase(folder, 'usual.sqlite');
  database.exec('CREATE TABLE IF NOT EXISTS thing (name TEXT) STRICT');
  return database;
};
const audit = () => {
  const files = auditFiles(folder);
  return openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: Date.now });
};

it.runIf(listsLocks).each<[what: string, file: string, open: () => { close(): void }, again: () => unknown]>([
  ['is opened again', 'usual.sqlite', usual, () => keep(usual())],
  ['is looked at for a backup', 'usual.sqlite', usual, () => isDatabase(join(folder, 'usual.sqlite'))],
  ['is that of the audit, and is opened again', 'audit.sqlite', audit, () => keep(audit())],
  [
    'holds keys, is being written, and is opened again',
    'keys.sqlite',
    () => {
      const database = openKeyDatabase(join(folder, 'keys.sqlite'));
      database.exec('BEGIN IMMEDIATE');
      return database;
    },
    () => keep(openKeyDatabase(join(folder, 'keys.sqlite'))),
  ],
])('a database that %s keeps its locks', async (_what, file, open, again) => {
  keep(open());
  const before = locksOn(join(folder, file));
  expect(before).toBeGreaterThan(0);
  await again();
  expect(locksOn(join(folder, file))).toBeGreaterThanOrEqual(before);
});

it('a database that is made can be read by its owner only', () => {
  keep(usual());
  expect(statSync(join(folder, 'usual.sqlite')).mode & 0o777).toBe(0o600);
});
