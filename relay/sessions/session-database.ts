import type { DatabaseSync } from 'node:sqlite';
import { migrateSqlite } from '../storage/migrate-sqlite.ts';
import { openPrivateDatabase } from '../storage/open-private-database.ts';

/** Each step takes the schema one version on; steps that were released are never changed. */
const migrations: readonly string[] = [
  `CREATE TABLE lock (id TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
   CREATE TABLE act (seq INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;
   CREATE TABLE session (
     id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, last_used_at_ms INTEGER NOT NULL,
     content TEXT NOT NULL
   ) STRICT;
   CREATE INDEX session_person ON session (issuer, subject);
   CREATE INDEX session_last_use ON session (last_used_at_ms);`,
];

/**
 * Opens `sessions.sqlite` in the data folder and brings its schema up to date, one process at a time.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openSessionDatabase(dataDir: string): DatabaseSync {
  const database = openPrivateDatabase(dataDir, 'sessions.sqlite');
  try {
    migrateSqlite(database, 'sessions.sqlite', migrations);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}
