import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { makePrivateFile } from '../storage/make-private-file.ts';
import { auditFiles } from './audit-files.ts';

const sqliteBusy = 5;
const patienceMs = 2000;
/** Commands hold the folder for moments, one after the other: a relay that starts meanwhile gets its turn in this time. */
const patienceWithCommandsMs = 30_000;

/** Who writes to a folder: a relay to its end, a command for one record. */
export type FolderHolder = 'relay' | 'command';

/** The right to write to a folder. */
export interface FolderLock {
  close(): void;
}

/**
 * Holds an exclusive lock that the system releases even when the process is killed.
 * @throws Error when a relay holds it already
 */
export function lockFolder(path: string, holder: FolderHolder = 'relay', waitMs: number = patienceMs): FolderLock {
  if (!existsSync(path)) makePrivateFile(path);
  const lock = new DatabaseSync(path, { timeout: waitMs });
  const endMs = performance.now() + patienceWithCommandsMs;
  try {
    // Whoever may read it could hold it, too: then no relay would start.
    if (process.platform !== 'win32') chmodSync(path, 0o600);
    while (!hasTaken(lock))
      if (holder === 'command' || !existsSync(commandMark(path)) || performance.now() > endMs)
        throw new Error('another relay already uses this data folder');
    if (holder === 'command') writeFileSync(commandMark(path), '', { mode: 0o600 });
    // One that was killed has left it.
    else rmSync(commandMark(path), { force: true });
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    close() {
      if (holder === 'command') rmSync(commandMark(path), { force: true });
      lock.close();
    },
  };
}

/** Is there while a command holds the lock, and after one was killed. */
function commandMark(path: string): string {
  return `${path}.command`;
}

/** False when another process holds the lock all the time that this waits. */
function hasTaken(lock: DatabaseSync): boolean {
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
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
