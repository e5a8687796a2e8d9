import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openKeyDatabase } from '../../../../relay/audit/keys/key-database.ts';
import { temporaryFolder } from '../audit-fixtures.ts';

/**
 * A database of keys with 1000 names of person `p`, half of a change that would make them all `q`’s, and the journal beside
 * it, as a writer leaves them that is killed. Answers its path.
 */
export function leftByKilledWriter(): string {
  const folder = temporaryFolder();
  const [path, left] = [join(folder, 'audit-keys.sqlite'), join(folder, 'left')];
  mkdirSync(left);
  const writer = openKeyDatabase(path);
  const insert = writer.prepare('INSERT INTO name (name, person) VALUES (?, ?)');
  writer.exec('BEGIN');
  for (let index = 0; index < 1000; index += 1) insert.run(`${index}`.padEnd(200, 'x'), 'p');
  // More than it keeps in memory: part of it is in the file by then, and what was there before beside it.
  writer.exec(`COMMIT; PRAGMA cache_size = 5; BEGIN; UPDATE name SET person = 'q'`);
  for (const file of [path, `${path}-journal`]) copyFileSync(file, file.replace(folder, left));
  writer.exec('ROLLBACK');
  writer.close();
  return join(left, 'audit-keys.sqlite');
}

/** How many names are `p`’s: all 1000 once the change is taken back. */
export function namesOfP(database: DatabaseSync): unknown {
  return database.prepare(`SELECT count(*) AS names FROM name WHERE person = 'p'`).get()?.['names'];
}
