import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makePrivateFile } from './make-private-file.ts';
import { makePrivateFolder } from './give-to-owner.ts';

/**
 * Opens or creates a database in the data folder, readable by its owner only. What is committed is on disk, and several
 * processes may have it open at once: each waits for the others' writes.
 */
export function openPrivateDatabase(dataDir: string, name: string): DatabaseSync {
  makePrivateFolder(dataDir);
  const file = join(dataDir, name);
  makePrivateFile(file);
  const database = new DatabaseSync(file);
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  return database;
}
