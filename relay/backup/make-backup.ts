import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { breakGlassFile } from '../break-glass/break-glass-store.ts';
import { refuseNewerSqlite, sqliteVersion } from '../storage/migrate-sqlite.ts';
import { openToRead } from '../storage/open-to-read.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';
import { type BackupManifest, manifestFile } from './backup-manifest.ts';
import { keptDatabases } from './kept-databases.ts';

export interface BackupOptions {
  readonly dataDir: string;
  /** Folder that the backup is to be; made when it isn’t there, and empty. */
  readonly target: string;
  /** Whether private keys go with it. */
  readonly keys: boolean;
  readonly hasStorage: boolean;
  readonly relayUrl: string;
  readonly version: string;
  readonly didCopy?: (name: string) => void;
}

/** Files that hold a private key, what people sign in with, or what opens sealed fields. */
export function isKeyFile(name: string): boolean {
  return name === breakGlassFile || /\.pem$|-keys\.(?:json|sqlite)$|secret/.test(name);
}

/** Others that are of a moment alone: logs of databases, locks, sockets, halves of files, and databases of a day. */
function isPassing(name: string): boolean {
  const isOfADay = keptDatabases.some((kept) => kept.name === name && !kept.isBackedUp);
  return isOfADay || /-(?:wal|shm|journal)$|\.(?:lock|sock|tmp|new)$/.test(name);
}

/**
 * Copies all that a data folder keeps, also while a relay writes: each database as of one moment, in an order in which none
 * knows of more than the ones that it depends on. What can be made again (the index, providers’ keys) is left out, and so are
 * idempotency keys.
 * @throws AccessError `bad-input` for a folder that isn’t there or a target that isn’t empty; `bad-config` for a folder of a
 * newer relay
 */
export async function makeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { dataDir, target, keys, hasStorage, relayUrl, version, didCopy } = options;
  const names = (await filesIn(dataDir)).filter((name) => !isPassing(name) && (keys || !isKeyFile(name)));
  await mkdir(target, { recursive: true, mode: 0o700 });
  if ((await readdir(target)).length > 0)
    throw new AccessError('bad-input', `${target} isn’t empty. A backup gets a folder of its own.`);
  const files: BackupManifest['files'][number][] = [];
  for (const name of inOrder(names)) {
    const to = join(target, name);
    const schema = (await isDatabase(join(dataDir, name))) ? await copyDatabase(dataDir, name, to) : null;
    if (schema === null) await copyPlain(join(dataDir, name), to);
    files.push({ name, ...(await measured(to)), schema });
    didCopy?.(name);
  }
  const manifest = { format: 1, version, madeAt: new Date().toISOString(), relayUrl, keys, hasStorage, files } as const;
  writePrivateFile(join(target, manifestFile), `${JSON.stringify({ ...manifest }, null, 2)}\n`);
  return { ...manifest };
}

/**
 * Signed checkpoints and places of sinks before the audit, which then has all that they speak of; keys of sealed fields
 * behind it, so that none is missing.
 */
function inOrder(names: readonly string[]): readonly string[] {
  const order = ['audit.sqlite', 'audit-keys.sqlite'];
  return names.toSorted((one, other) => order.indexOf(one) - order.indexOf(other) || (one < other ? -1 : 1));
}

async function filesIn(dataDir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(dataDir, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    if (names.length > 0) return names;
  } catch (error) {
    throw new AccessError('bad-input', `${dataDir} can’t be read by this user.`, { cause: error });
  }
  throw new AccessError('bad-input', `${auditFiles(dataDir).database} isn’t there: no relay has run on this folder.`);
}

/** First bytes of a database (https://sqlite.org/fileformat2.html#magic_header_string). */
const magic = 'SQLite format 3\0';

/** Whether a file is a database, whatever it is called. */
export async function isDatabase(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
  return bytesRead === magic.length && buffer.toString('latin1') === magic;
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
