import type { DatabaseSync } from 'node:sqlite';

/**
 * Leaves nothing of what was deleted in a database: neither in free pages nor in the log beside it. Others who use it wait
 * meanwhile. False when somebody was in the middle of reading it for longer than this waits: then some of it is still there.
 */
export function overwriteDeleted(database: DatabaseSync): boolean {
  try {
    database.exec('VACUUM');
    const row = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    // A database without a log answers with -1 for its length (https://sqlite.org/pragma.html#pragma_wal_checkpoint).
    return row?.['busy'] === 0;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === busyCode) return false;
    throw error;
  }
}

const busyCode = 5;
