import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openKeyDatabaseForReading } from '../../../../relay/audit/keys/key-database.ts';
import { leftByKilledWriter, namesOfP } from './killed-writer.ts';

it('who only reads the keys takes back what a writer had begun that was killed', () => {
  const left = leftByKilledWriter();
  expect(existsSync(`${left}-journal`)).toBe(true);

  const reader = openKeyDatabaseForReading(left);
  expect(namesOfP(reader)).toBe(1000);
  reader.close();
  expect(existsSync(`${left}-journal`)).toBe(false);
});
