import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makePrivateFile } from '../../storage/make-private-file.ts';
import { migrateSqlite, refuseNewerSqlite } from '../../storage/migrate-sqlite.ts';
import { openTakingBack } from '../../storage/open-to-read.ts';
import { makePrivateFolder } from '../../storage/give-to-owner.ts';

// What is deleted is overwritten, and there is no log of changes beside the file that would keep it: a database that is
// written once for each new person needs none.
const pragmas = `
  PRAGMA busy_timeout = 5000; PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON
`;

/** Each step takes the schema one version on; steps that were released are never changed. `act` is as acts have it. */
const steps = [
  `
  CREATE TABLE person (id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, key BLOB NOT NULL,
    UNIQUE (issuer, subject)) STRICT;
  CREATE TABLE name (name TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (name, person)) STRICT, WITHOUT ROWID;
  CREATE TABLE day (day INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key BLOB NOT NULL) STRICT;
  CREATE TABLE erased (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE setting (erasable INTEGER NOT NULL, refused_days INTEGER) STRICT;
  INSERT INTO setting VALUES (0, NULL);
  CREATE TABLE act (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time_ms INTEGER NOT NULL, record TEXT NOT NULL,
    recorded INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  `,
  // Relays that share a storage know each other’s keys: of somebody who came to two of them at once there are two.
  `
  CREATE TABLE person_key (id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, key BLOB NOT NULL,
    is_shared INTEGER NOT NULL DEFAULT 0) STRICT;
  INSERT INTO person_key (id, issuer, subject, key) SELECT id, issuer, subject, key FROM person;
  DROP TABLE person;
  ALTER TABLE person_key RENAME TO person;
  CREATE INDEX person_who ON person (issuer, subject, id);
  ALTER TABLE name ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE day ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE erased ADD COLUMN alias TEXT;
  ALTER TABLE erased ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX person_unshared ON person (id) WHERE is_shared = 0;
  CREATE INDEX name_unshared ON name (name) WHERE is_shared = 0;
  CREATE INDEX erased_unshared ON erased (id) WHERE is_shared = 0;
  CREATE TABLE shared_up_to (keys INTEGER NOT NULL, erased INTEGER NOT NULL, erasures INTEGER NOT NULL) STRICT;
  INSERT INTO shared_up_to VALUES (0, 0, 0);
  `,
  // A relay that hears late of an erasure leaves alone what the person got since.
  'ALTER TABLE person ADD COLUMN made_ms INTEGER NOT NULL DEFAULT 0',
  // Whose keys are thrown away, and who isn’t out of all else yet: until then somebody has to know who that is.
  'CREATE TABLE erasure_under_way (alias TEXT PRIMARY KEY, content TEXT NOT NULL, begun_ms INTEGER NOT NULL) STRICT',
];
/** Newest version of the schema that this relay knows. */
export const keySchemaVersion = steps.length;

/**
 * Opens or makes the database of keys, readable by its owner only.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openKeyDatabase(path: string): DatabaseSync {
  makePrivateFolder(dirname(path));
  makePrivateFile(path);
  const database = new DatabaseSync(path);
  try {
    database.exec(pragmas);
    migrateSqlite(database, basename(path), steps);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens it for reading, also for someone who may not write it. What a writer had begun that was killed is taken back, by who may.
 * @param waitMs for whoever is writing it
 * @throws the system's error when that can't be done
 */
export function openKeyDatabaseForReading(path: string, waitMs?: number): DatabaseSync {
  const database = openTakingBack(path, waitMs);
  try {
    refuseNewerSqlite(database, basename(path), steps.length);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
