import type { DatabaseSync } from 'node:sqlite';
import { AccessError } from '../../shared/errors.ts';
import { findDays } from './retention/find-days.ts';
import { createTreeEdge } from './tree/tree-edge.ts';
import { leafHash } from './tree/tree-hash.ts';

const version = 2;

// An earlier version of Causeway knows no versions. It reads checkpoints from a table of this name when it starts, and
// says what is wrong with it: that there is no table of the name in this view.
const refuseEarlier = `
  CREATE VIEW checkpoint AS
    SELECT 0 AS seq, '' AS note FROM "(a newer version of Causeway wrote this data folder: start that one)"
`;

// What is in a record is found by the files beside the database (`audit-index.ts`). As generated columns, even virtual
// ones, SQLite would read it at each insert: a tenth of the writing thread's time; ten indexes take 17 times as long as
// the insert itself.
const tables = `
  CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, payload TEXT NOT NULL) STRICT;
  CREATE TABLE note (seq INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
  CREATE TABLE tree (level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, number))
    STRICT, WITHOUT ROWID;
  CREATE TABLE chain (ends_at INTEGER NOT NULL) STRICT;
`;

const retentionTables = `
  CREATE TABLE segment (first_seq INTEGER PRIMARY KEY, day INTEGER NOT NULL) STRICT;
  CREATE TABLE cut (size INTEGER PRIMARY KEY, record INTEGER NOT NULL) STRICT;
`;

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

function refuseNewer(found: number): void {
  if (found > version)
    throw new Error(
      `a newer version of Causeway wrote the audit (its schema is ${found}, this version knows ${version}): start that one`,
    );
}

/**
 * What the audit of a folder is: a chain of an earlier version, until a relay of this version opens it; a tree; or a tree
 * from which days can have been cut.
 * @throws AccessError `bad-input` when a newer version wrote it.
 */
export function auditForm(database: DatabaseSync): 'chain' | 'tree' | 'days' {
  const found = versionOf(database);
  try {
    refuseNewer(found);
  } catch (error) {
    throw new AccessError('bad-input', String(error instanceof Error ? error.message : error), { cause: error });
  }
  return found === 0 ? 'chain' : found === 1 ? 'tree' : 'days';
}

/**
 * Makes the tables, or brings those of an earlier version to this one's in one transaction: chained records become leaves
 * of the tree, in the order in which they were chained.
 * @throws Error when a newer version wrote them.
 */
export function migrateAudit(database: DatabaseSync): void {
  const found = versionOf(database);
  refuseNewer(found);
  if (found === version) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    if (found < 1) makeTree(database);
    database.exec(retentionTables);
    const begin = database.prepare('INSERT INTO segment (first_seq, day) VALUES (?, ?)');
    for (const { firstSeq, day } of findDays(database)) begin.run(firstSeq, day);
    database.exec(`PRAGMA user_version = ${version}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function makeTree(database: DatabaseSync): void {
  const named = database.prepare(`SELECT name FROM sqlite_schema WHERE name = 'checkpoint'`).get();
  database.exec(tables);
  if (named !== undefined)
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
