import { chmodSync, existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { auditFiles } from './audit-files.ts';

const sqliteBusy = 5;
/** A command that writes one record holds the folder for a moment; a relay that starts meanwhile waits for it. */
const patienceMs = 2000;

/**
 * Holds an exclusive lock that the system releases even when the process is killed.
 * @throws Error when a relay holds it already
 */
export function lockFolder(path: string, waitMs: number = patienceMs): DatabaseSync {
  const lock = new DatabaseSync(path, { timeout: waitMs });
  try {
    // Whoever may read it could hold it, too: then no relay would start.
    if (process.platform !== 'win32') chmodSync(path, 0o600);
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (isBusy(error)) throw new Error('another relay already uses this data folder', { cause: error });
    throw error;
  }
}

/** Whether a relay, or a command, writes the audit of this folder now. */
export function isFolderHeld(dataDir: string): boolean {
  const { lock: path } = auditFiles(dataDir);
  if (!existsSync(path)) return false;
  const lock = new DatabaseSync(path, { readOnly: true });
  try {
    lock.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    lock.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}
