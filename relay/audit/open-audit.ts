import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { AccessError } from '../../shared/errors.ts';
import { auditFiles } from './audit-files.ts';

/** A log that a killed relay left is looked through by the first to open it, while others wait. */
const busyMs = 5000;

/** A record as it is stored: its number in the chain and its line of JSON. */
export interface StoredRecord {
  readonly seq: number;
  readonly payload: string;
}

/**
 * Opens the database for reading only, also for someone who may not write in the folder.
 * @throws AccessError `bad-input` when the folder holds no audit, or not for this user.
 */
export function openForReading(dataDir: string): DatabaseSync {
  const { database } = auditFiles(dataDir);
  if (!existsSync(database))
    throw new AccessError('bad-input', `There is no audit in ${dataDir}, or not for this user.`);
  try {
    const opened = new DatabaseSync(database, { readOnly: true, timeout: busyMs });
    try {
      opened.prepare('SELECT max(seq) FROM audit').get();
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  } catch (error) {
    return openAtRest(database, dataDir, error);
  }
}

/**
 * A database that was closed in order has no log beside it, and SQLite would have to make one to read it. Nobody writes
 * then: it can be read as a file that doesn't change (https://sqlite.org/uri.html#uriimmutable).
 */
function openAtRest(path: string, dataDir: string, cause: unknown): DatabaseSync {
  try {
    if (existsSync(`${path}-wal`)) throw cause;
    const location = pathToFileURL(path);
    location.searchParams.set('immutable', '1');
    return new DatabaseSync(location, { readOnly: true });
  } catch (error) {
    throw new AccessError('bad-input', `The audit in ${dataDir} can’t be read: ${String(error)}`, { cause: error });
  }
}

/** The last record's number; 0 for an empty audit. */
export function lastSeq(database: DatabaseSync): number {
  return Number(database.prepare('SELECT max(seq) AS seq FROM audit').get()?.['seq'] ?? 0);
}

/** The first record's number; 0 for an empty audit. */
export function firstSeq(database: DatabaseSync): number {
  return Number(database.prepare('SELECT min(seq) AS seq FROM audit').get()?.['seq'] ?? 0);
}

/** Records from one number to another, both included, in their order. */
export function* recordsBetween(database: DatabaseSync, from: number, to: number): Generator<StoredRecord> {
  const rows = database
    .prepare('SELECT seq, payload FROM audit WHERE seq BETWEEN ? AND ? ORDER BY seq')
    .iterate(from, to);
  for (const row of rows) yield { seq: Number(row['seq']), payload: String(row['payload']) };
}
