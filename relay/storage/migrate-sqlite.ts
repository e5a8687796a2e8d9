import type { DatabaseSync } from 'node:sqlite';
import { AccessError } from '../../shared/errors.ts';
import { inTransaction } from './in-transaction.ts';

/** One version on, within the caller’s transaction: SQL, or what SQL alone can’t do. */
export type SqliteStep = string | ((database: DatabaseSync) => void);

/**
 * Brings a database’s schema up to date, one process at a time. Each step takes it one version on; steps that were released
 * are never changed. A first step in SQL only makes tables and indexes: relays before versions were kept have made them,
 * or the first of them, already.
 * @param name file name, for the error
 * @throws AccessError `bad-config` when a newer relay has made it; nothing is changed then
 */
export function migrateSqlite(database: DatabaseSync, name: string, steps: readonly SqliteStep[]): void {
  if (sqliteVersion(database) === steps.length) return;
  refuseNewerSqlite(database, name, steps.length);
  inTransaction(database, () => {
    const from = sqliteVersion(database);
    refuseNewerSqlite(database, name, steps.length);
    const isWithoutVersion = from === 0 && database.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined;
    for (const [index, step] of steps.slice(from).entries()) {
      if (typeof step !== 'string') step(database);
      else if (index > 0 || !isWithoutVersion) database.exec(step);
      else database.exec(step.replaceAll(/\bCREATE (TABLE|INDEX) /g, 'CREATE $1 IF NOT EXISTS '));
    }
    database.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

/** Version of a database’s schema; 0 for one that is new, or of a relay before versions were kept. */
export function sqliteVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

/**
 * For whoever only reads. @param known the newest version that this relay knows
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function refuseNewerSqlite(database: DatabaseSync, name: string, known: number): void {
  const version = sqliteVersion(database);
  if (version <= known) return;
  throw new AccessError(
    'bad-config',
    `${name} was made by a newer relay (its schema has version ${version}, this relay knows ${known}). Run that relay again.`,
  );
}
