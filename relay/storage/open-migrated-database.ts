import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { AccessError } from '../../shared/errors.ts';
import { migrateSqlite, refuseNewerSqlite, type SqliteStep, sqliteVersion } from './migrate-sqlite.ts';
import { openPrivateDatabase } from './open-private-database.ts';
import { openToRead } from './open-to-read.ts';

/**
 * Opens or creates a database in the data folder, readable by its owner only, and brings its schema up to date.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openMigratedDatabase(dataDir: string, name: string, steps: readonly SqliteStep[]): DatabaseSync {
  const database = openPrivateDatabase(dataDir, name);
  try {
    migrateSqlite(database, name, steps);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether a database of the data folder is there, and this user may not write it. */
export function isOnlyReadable(dataDir: string, name: string): boolean {
  const file = join(dataDir, name);
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

/**
 * As {@link openMigratedDatabase}; for who may only read the database, as it is.
 * @throws AccessError `bad-input` when it isn't for this user, or is of an earlier relay
 */
export function openReadableDatabase(dataDir: string, name: string, steps: readonly SqliteStep[]): DatabaseSync {
  if (!isOnlyReadable(dataDir, name)) return openMigratedDatabase(dataDir, name, steps);
  let database: DatabaseSync;
  try {
    database = openToRead(join(dataDir, name));
  } catch (error) {
    throw new AccessError('bad-input', `${name} in ${dataDir} can’t be read by this user.`, { cause: error });
  }
  try {
    refuseNewerSqlite(database, name, steps.length);
    if (sqliteVersion(database) === steps.length) return database;
    throw new AccessError('bad-input', `${name} in ${dataDir} is of an earlier relay: start this one once.`);
  } catch (error) {
    database.close();
    throw error;
  }
}
