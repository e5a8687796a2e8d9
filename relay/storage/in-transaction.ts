import type { DatabaseSync } from 'node:sqlite';

/** Does all of the work or, on a throw, none of it; nobody else writes meanwhile. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A disk that fails, or is full, has already ended it: then the reason is the disk’s.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
