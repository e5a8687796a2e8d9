import type { DatabaseSync } from 'node:sqlite';
import { isOnlyReadable, openReadableDatabase } from '../storage/open-migrated-database.ts';

/** Name of the file in the data folder. */
export const usageFile = 'usage.db';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const usageSteps: readonly string[] = [
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
 * Opens the usage counts of a data folder, making or migrating them first; for who may only read them, as they are.
 * @throws AccessError `bad-config` when a newer relay has made them
 */
export function openUsage(dataDir: string): DatabaseSync {
  return openReadableDatabase(dataDir, usageFile, usageSteps);
}

/** Whether this user has to take the counts as far as the relay has counted. */
export function mayOnlyRead(dataDir: string): boolean {
  return isOnlyReadable(dataDir, usageFile);
}
