import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openKeyDatabase, openKeyDatabaseForReading } from '../../../../relay/audit/keys/key-database.ts';
import { temporaryFolder } from '../audit-fixtures.ts';

it('who only reads the keys takes back what a writer had begun that was killed', () => {
  const folder = temporaryFolder();
  const [path, left] = [join(folder, 'keys.sqlite'), join(folder, 'left', 'keys.sqlite')];
  mkdirSync(join(folder, 'left'));
  const writer = openKeyDatabase(path);
  const add = (count: number): void => {
    const insert = writer.prepare('INSERT INTO name (name, person) VALUES (?, ?)');
    for (let index = 0; index < count; index += 1) insert.run(`${count}-${index}`.padEnd(200, 'x'), 'p');
  };
  add(10);
  // More than it keeps in memory: part of it is in the file by then, and what was there before beside it.
  writer.exec('PRAGMA cache_size = 5; BEGIN');
  add(2000);
  for (const file of [path, `${path}-journal`]) copyFileSync(file, file.replace(folder, join(folder, 'left')));
  writer.exec('ROLLBACK');
  writer.close();
  expect(existsSync(`${left}-journal`)).toBe(true);

  const reader = openKeyDatabaseForReading(left);
  expect(reader.prepare('SELECT count(*) AS names FROM name').get()).toMatchObject({ names: 10 });
  reader.close();
  expect(existsSync(`${left}-journal`)).toBe(false);
});
