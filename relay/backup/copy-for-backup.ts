import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refuseNewerSqlite, sqliteVersion } from '../storage/migrate-sqlite.ts';
import { openToRead } from '../storage/open-to-read.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { keptDatabases } from './kept-databases.ts';

export type BackedUpFile = BackupManifest['files'][number];

/**
 * Copies one file of a data folder, a database as of one moment, also while a relay writes.
 * @throws AccessError `bad-config` for a database of a newer relay
 */
export async function copyForBackup(dataDir: string, name: string, to: string): Promise<BackedUpFile> {
  const schema = (await isDatabase(join(dataDir, name))) ? await copyDatabase(dataDir, name, to) : null;
  if (schema === null) await copyPlain(join(dataDir, name), to);
  return { name, ...(await measured(to)), schema };
}

/** https://sqlite.org/fileformat2.html#the_database_header */
const headBytes = 100;
/** SQLITE_NOTADB (https://sqlite.org/rescode.html#notadb). */
const notDatabase = 26;

/**
 * Whether a file is a database, whatever it is called. Only SQLite opens it: a relay that closed a handle of its own would lose
 * its locks on a database that it writes.
 */
export async function isDatabase(path: string): Promise<boolean> {
  if ((await stat(path)).size < headBytes) return false;
  const file = openToRead(path);
  try {
    file.prepare('PRAGMA schema_version').get();
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === notDatabase) return false;
    throw error;
  } finally {
    file.close();
  }
}

/** As of one moment; others may read and write meanwhile (https://sqlite.org/lang_vacuum.html#vacuuminto). */
async function copyDatabase(dataDir: string, name: string, to: string): Promise<number> {
  // Closed to others from the first byte on.
  await writeFile(to, '', { mode: 0o600, flag: 'wx' });
  const database = openToRead(join(dataDir, name));
  try {
    const known = keptDatabases.find((kept) => kept.name === name);
    if (known !== undefined) refuseNewerSqlite(database, name, known.schema);
    database.prepare('VACUUM INTO ?').run(to);
    return sqliteVersion(database);
  } finally {
    database.close();
  }
}

async function copyPlain(from: string, to: string): Promise<void> {
  await writeFile(to, '', { mode: 0o600, flag: 'wx' });
  await copyFile(from, to);
  await using file = await open(to, 'r+');
  await file.chmod(0o600);
  await file.sync();
}

/** Size and digest of a file. */
export async function measured(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer);
  return { bytes: (await stat(path)).size, sha256: digest.digest('hex') };
}
