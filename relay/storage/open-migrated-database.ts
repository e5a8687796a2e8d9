import type { DatabaseSync } from 'node:sqlite';
import { migrateSqlite, type SqliteStep } from './migrate-sqlite.ts';
import { openPrivateDatabase } from './open-private-database.ts';

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
