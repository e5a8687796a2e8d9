import type { DatabaseSync } from 'node:sqlite';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';

/** Name of the file in the data folder. */
export const sessionFile = 'sessions.sqlite';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const sessionSteps: readonly string[] = [
  `CREATE TABLE lock (id TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
   CREATE TABLE act (seq INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;
   CREATE TABLE session (
     id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, last_used_at_ms INTEGER NOT NULL,
     content TEXT NOT NULL
   ) STRICT;
   CREATE INDEX session_person ON session (issuer, subject);
   CREATE INDEX session_last_use ON session (last_used_at_ms);`,
  // Locks on addresses: a relay that doesn’t know them would let in whom they shut out.
  'SELECT 1',
];

/**
 * Opens the database of sessions and locks in the data folder, making or migrating it first.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openSessionDatabase(dataDir: string): DatabaseSync {
  return openMigratedDatabase(dataDir, sessionFile, sessionSteps);
}
