import type { DatabaseSync } from 'node:sqlite';
import { migrateSqlite, refuseNewerSqlite, type SqliteStep, sqliteVersion } from '../storage/migrate-sqlite.ts';
import { findDays } from './retention/find-days.ts';
import { createTreeEdge } from './tree/tree-edge.ts';
import { leafHash } from './tree/tree-hash.ts';

// An earlier version of Causeway knows no versions. It reads checkpoints from a table of this name when it starts, and
// says what is wrong with it: that there is no table of the name in this view.
const refuseEarlier = `
  CREATE VIEW checkpoint AS
    SELECT 0 AS seq, '' AS note FROM "(a newer version of Causeway wrote this data folder: start that one)"
`;

// What is in a record is found by the files beside the database (`audit-index.ts`). As generated columns, even virtual
// ones, SQLite would read it at each insert: a tenth of the writing thread's time; ten indexes take 17 times as long as
// the insert itself.
const audit = 'CREATE TABLE audit (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, payload TEXT NOT NULL) STRICT';

const tables = `
  CREATE TABLE note (seq INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
  CREATE TABLE tree (level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, number))
    STRICT, WITHOUT ROWID;
  CREATE TABLE chain (ends_at INTEGER NOT NULL) STRICT;
`;

const retentionTables = `
  CREATE TABLE segment (first_seq INTEGER PRIMARY KEY, day INTEGER NOT NULL) STRICT;
  CREATE TABLE cut (size INTEGER PRIMARY KEY, record INTEGER NOT NULL) STRICT;
`;

const fileName = 'audit.sqlite';

/** Each step takes the schema one version on; steps that were released are never changed. */
const steps: readonly SqliteStep[] = [
  makeTree,
  (database) => {
    database.exec(retentionTables);
    const begin = database.prepare('INSERT INTO segment (first_seq, day) VALUES (?, ?)');
    for (const { firstSeq, day } of findDays(database)) begin.run(firstSeq, day);
  },
];

/** Newest version of the schema that this relay knows. */
export const auditSchemaVersion = steps.length;

/**
 * What the audit of a folder is: a chain of an earlier version, until a relay of this version opens it; a tree; or a tree
 * from which days can have been cut.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function auditForm(database: DatabaseSync): 'chain' | 'tree' | 'days' {
  refuseNewerSqlite(database, fileName, steps.length);
  const found = sqliteVersion(database);
  return found === 0 ? 'chain' : found === 1 ? 'tree' : 'days';
}

/**
 * Makes the tables, or brings those of an earlier version to this one's in one transaction: chained records become leaves
 * of the tree, in the order in which they were chained.
 * @throws AccessError `bad-config` when a newer relay has made them
 */
export function migrateAudit(database: DatabaseSync): void {
  migrateSqlite(database, fileName, steps);
}

function makeTree(database: DatabaseSync): void {
  const isThere = (name: string): boolean =>
    database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined;
  if (!isThere('audit')) database.exec(audit);
  database.exec(tables);
  if (isThere('checkpoint'))
    database.exec('INSERT INTO note (seq, note) SELECT seq, note FROM checkpoint; DROP TABLE checkpoint');
  database.exec(refuseEarlier);
  database.prepare('INSERT INTO chain (ends_at) VALUES (?)').run(plantTree(database));
}

/** Keeps the tree's hashes of what is recorded; answers how many records that is. */
function plantTree(database: DatabaseSync): number {
  const keep = database.prepare('INSERT INTO tree (level, number, hash) VALUES (?, ?, ?)');
  const edge = createTreeEdge(0, [], ({ level, index }, hash) => keep.run(level, index, hash));
  for (const row of database.prepare('SELECT seq, payload FROM audit ORDER BY seq').iterate()) {
    while (edge.size + 1 < Number(row['seq'])) edge.add(leafHash(''));
    edge.add(leafHash(String(row['payload'])));
  }
  return edge.size;
}

/** Number of the last record that is chained to the one before: none of those that this version wrote. */
export function chainEnd(database: DatabaseSync): number {
  return Number(database.prepare('SELECT ends_at FROM chain').get()?.['ends_at'] ?? 0);
}

// Any number: says that a database holds only a copy of the newest records of a log in PostgreSQL.
const copyId = 1_129_793_369;

/** Marks a database as a copy, which is no log to go on with. */
export function markCopy(database: DatabaseSync): void {
  database.exec(`PRAGMA application_id = ${copyId}`);
}

/** @throws Error when the database holds a copy. */
export function refuseCopy(database: DatabaseSync): void {
  if (database.prepare('PRAGMA application_id').get()?.['application_id'] === copyId)
    throw new Error(
      'the data folder holds only a copy of an audit in PostgreSQL, of a relay with “audit.durable: database”. Name another folder under relay.data',
    );
}
