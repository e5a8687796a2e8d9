import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** A log that a killed relay left is looked through by the first to open it, while others wait. */
const busyMs = 5000;

/** SQLITE_BUSY: somebody writes, which no database at rest is (https://sqlite.org/rescode.html#busy). */
const busy = 5;
/** A writer was killed, and who only reads can’t take back what it had begun (https://sqlite.org/rescode.html#readonly_rollback). */
const readOnlyRollback = 776;

/**
 * Opens a database for reading only, also for someone who may not write in its folder. What a writer had begun that was
 * killed is taken back, by who may.
 * @throws the system's error when it can't be read
 */
export function openToRead(path: string): DatabaseSync {
  try {
    return openTakingBack(path);
  } catch (error) {
    return openAtRest(path, error);
  }
}

/**
 * As {@link openToRead}, but what is at rest isn’t taken for a file that doesn’t change: for who keeps it open.
 * @param waitMs for whoever is writing it
 * @throws the system's error when it can't be read
 */
export function openTakingBack(path: string, waitMs = busyMs): DatabaseSync {
  try {
    return openAndLook(path, waitMs);
  } catch (error) {
    if (codeOf(error) !== readOnlyRollback) throw error;
    takeBack(path, waitMs);
    return openAndLook(path, waitMs);
  }
}

/**
 * As {@link openToRead}, but makes no file beside the database, which would be of whoever reads it and in the way of whoever
 * writes it.
 * @throws the system's error when it can't be read
 */
export function openUntouched(path: string): DatabaseSync {
  return isAtRest(path) ? openImmutable(path) : openToRead(path);
}

function openAndLook(path: string, waitMs: number): DatabaseSync {
  const opened = new DatabaseSync(path, { readOnly: true, timeout: waitMs });
  try {
    opened.prepare('SELECT count(*) FROM sqlite_schema').get();
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** Any look of somebody who may write does it. */
function takeBack(path: string, waitMs: number): void {
  const database = new DatabaseSync(path, { timeout: waitMs });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
  } finally {
    database.close();
  }
}

/**
 * A database that was closed in order has no log beside it, and SQLite would have to make one to read it. Nobody writes
 * then: it can be read as a file that doesn't change (https://sqlite.org/uri.html#uriimmutable).
 */
function openAtRest(path: string, cause: unknown): DatabaseSync {
  if (!isAtRest(path) || (codeOf(cause) & 0xff) === busy) throw cause;
  return openImmutable(path);
}

/** Neither a log nor a journal is there, which would be passed over. */
function isAtRest(path: string): boolean {
  return !existsSync(`${path}-wal`) && !existsSync(`${path}-journal`);
}

/** SQLite’s, extended; 0 for what isn’t its error. */
function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
}

function openImmutable(path: string): DatabaseSync {
  const location = pathToFileURL(path);
  location.searchParams.set('immutable', '1');
  return new DatabaseSync(location, { readOnly: true });
}
