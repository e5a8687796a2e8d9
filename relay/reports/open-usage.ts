import type { DatabaseSync } from 'node:sqlite';
import { AccessError } from '../../shared/errors.ts';
import { openPrivateDatabase } from '../storage/open-private-database.ts';

/** Name of the file in the data folder. */
export const usageFile = 'usage.db';

// Each step takes a database of one schema version to the next; a step that was released never changes.
const migrations: readonly string[] = [
  `
  CREATE TABLE counted (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, digest BLOB NOT NULL,
    outlived INTEGER NOT NULL, missed INTEGER NOT NULL
  ) STRICT;
  INSERT INTO counted VALUES (1, 0, zeroblob(0), 0, 0);
  CREATE TABLE person (
    id INTEGER PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, username TEXT NOT NULL, UNIQUE (issuer, subject)
  ) STRICT;
  CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE usage (
    hour INTEGER NOT NULL, person INTEGER NOT NULL, groups INTEGER NOT NULL, api INTEGER NOT NULL, rule INTEGER NOT NULL,
    allowed INTEGER NOT NULL, requests INTEGER NOT NULL, PRIMARY KEY (hour, person, groups, api, rule, allowed)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE denial (
    hour INTEGER NOT NULL, person INTEGER NOT NULL, groups INTEGER NOT NULL, api INTEGER NOT NULL, rule INTEGER NOT NULL,
    method INTEGER NOT NULL, shape TEXT NOT NULL, path TEXT NOT NULL, requests INTEGER NOT NULL,
    PRIMARY KEY (hour, person, api, groups, rule, method, shape)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE approved (
    id TEXT PRIMARY KEY, hour INTEGER NOT NULL, username TEXT NOT NULL, api TEXT, role TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE watched (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
  INSERT INTO watched VALUES (1, 0, zeroblob(0));
  CREATE TABLE seen (
    person TEXT NOT NULL, trait TEXT NOT NULL, value TEXT NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    PRIMARY KEY (person, trait, value)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE finding (
    id TEXT PRIMARY KEY, time_ms INTEGER NOT NULL, record TEXT NOT NULL, recorded INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX finding_time ON finding (time_ms);
  CREATE INDEX finding_recorded ON finding (recorded) WHERE recorded = 0;
  `,
];

/**
 * Opens the usage counts of a data folder, making or migrating them first.
 * @throws AccessError `bad-input` when a newer version of the relay has written them, or the file is none of ours.
 */
export function openUsage(dataDir: string): DatabaseSync {
  const database = openPrivateDatabase(dataDir, usageFile);
  try {
    migrate(database, dataDir);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync, dataDir: string): void {
  if (versionOf(database) === migrations.length) return;
  // Several processes may open it at once: the first one migrates, the others find it done.
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(database);
    if (version > migrations.length) {
      throw new AccessError(
        'bad-input',
        `${usageFile} in ${dataDir} has schema ${version}; this version of the relay knows ${migrations.length}. ` +
          'Use the newer version, or move the file away and run “report rebuild”.',
      );
    }
    for (const step of migrations.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}
