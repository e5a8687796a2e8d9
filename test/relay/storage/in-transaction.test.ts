import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { inTransaction } from '../../../relay/storage/in-transaction.ts';

describe('a transaction whose work fails', () => {
  it.each<[what: string, endIt: (database: DatabaseSync) => void]>([
    ['', () => undefined],
    ['after SQLite has ended it by itself, as it does where the disk fails', (database) => database.exec('ROLLBACK')],
  ])('leaves nothing and tells the reason %s', (_what, endIt) => {
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE kept (name TEXT)');
    const work = (): void => {
      database.exec("INSERT INTO kept VALUES ('half')");
      endIt(database);
      throw new Error('disk I/O error');
    };
    expect(() => inTransaction(database, work)).toThrow('disk I/O error');
    expect(database.isTransaction).toBe(false);
    expect(database.prepare('SELECT * FROM kept').all()).toEqual([]);
    database.close();
  });
});
