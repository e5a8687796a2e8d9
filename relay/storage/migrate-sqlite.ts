import type { DatabaseSync } from 'node:sqlite';
import { AccessError } from '../../shared/errors.ts';
import { inTransaction } from './in-transaction.ts';

/**
 * Brings a database’s schema up to date, one process at a time. Each step takes it one version on; steps that were released
 * are never changed.
 * @param name file name, for the error
 * @throws AccessError `bad-config` when a newer relay has made it; nothing is changed then
 */
export function migrateSqlite(database: DatabaseSync, name: string, steps: readonly string[]): void {
  const version = (): number => Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version() === steps.length) return;
  inTransaction(database, () => {
    const from = version();
    if (from > steps.length) {
      throw new AccessError(
        'bad-config',
        `${name} was made by a newer relay (its schema has version ${from}, this relay knows ${steps.length}). Run that relay again.`,
      );
    }
    for (const step of steps.slice(from)) database.exec(step);
    database.exec(`PRAGMA user_version = ${steps.length}`);
  });
}
