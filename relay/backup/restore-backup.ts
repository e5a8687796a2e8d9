import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { isFolderHeld } from '../audit/folder-lock.ts';
import { type AuditVerdict, verifyAudit } from '../audit/verify-audit.ts';
import { openToRead } from '../storage/open-to-read.ts';
import { type BackupManifest, manifestFile, manifestSchema } from './backup-manifest.ts';
import { keptDatabases } from './kept-databases.ts';
import { measured } from './copy-for-backup.ts';

/** What was put back. */
export interface Restored {
  readonly manifest: BackupManifest;
  /** Null when the backup holds no audit. */
  readonly audit: AuditVerdict | null;
  /** Whether the key that signs the audit is there. */
  readonly hasSigningKey: boolean;
}

/**
 * Puts a backup into a data folder that isn’t there or is empty, all of it or nothing, once it is found to be whole.
 * @throws AccessError `bad-input` for what is no whole backup, a folder that isn’t empty or that a relay uses; `bad-config`
 * when a newer relay has made something of it
 */
export async function restoreBackup(backup: string, dataDir: string): Promise<Restored> {
  await refuseUsed(dataDir);
  const manifest = await readManifest(backup);
  refuseNewer(manifest);
  const folder = `${dataDir}.${randomBytes(6).toString('hex')}.restoring`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    for (const file of manifest.files) await copyWhole(backup, folder, file);
    const audit = existsSync(auditFiles(folder).database) ? verifyAudit(folder) : null;
    if (audit?.status === 'broken')
      throw new AccessError('bad-input', `The audit in ${backup} is broken at record ${audit.seq}. ${audit.reason}`);
    // Looking at the databases may have left their empty logs behind.
    for (const name of await readdir(folder)) if (/-(?:wal|shm)$/.test(name)) await rm(join(folder, name));
    if (existsSync(dataDir)) await rmdir(dataDir);
    await rename(folder, dataDir);
    return { manifest, audit, hasSigningKey: existsSync(auditFiles(dataDir).signingKey) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function refuseUsed(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  if (isFolderHeld(dataDir))
    throw new AccessError('bad-input', `A relay runs on ${dataDir}. A backup is put back into an empty folder.`);
  if ((await readdir(dataDir)).length > 0)
    throw new AccessError('bad-input', `${dataDir} isn’t empty. Move it away first, or name another relay.data.`);
}

async function readManifest(backup: string): Promise<BackupManifest> {
  const path = join(backup, manifestFile);
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new AccessError('bad-input', `${backup} is no whole backup: its ${manifestFile} can’t be read.`, {
      cause: error,
    });
  }
}

function refuseNewer({ files, version }: BackupManifest): void {
  for (const { name, schema } of files) {
    const known = keptDatabases.find((kept) => kept.name === name)?.schema;
    if (schema === null || (known !== undefined && schema <= known)) continue;
    const words = known === undefined ? 'isn’t known to this one' : `has version ${schema}, this one knows ${known}`;
    throw new AccessError('bad-config', `${name} was made by a newer relay (${version}): its schema ${words}.`);
  }
}

async function copyWhole(
  backup: string,
  folder: string,
  { name, bytes, sha256, schema }: BackupManifest['files'][number],
): Promise<void> {
  const to = join(folder, name);
  try {
    await copyFile(join(backup, name), to);
  } catch (error) {
    throw new AccessError('bad-input', `${name} of the backup can’t be read.`, { cause: error });
  }
  await using file = await open(to, 'r+');
  await file.chmod(0o600);
  await file.sync();
  const found = await measured(to);
  if (found.bytes !== bytes || found.sha256 !== sha256)
    throw new AccessError('bad-input', `${name} isn’t what was backed up: its content has changed since.`);
  if (schema !== null) checkDatabase(to, name);
}

function checkDatabase(path: string, name: string): void {
  const database = openToRead(path);
  try {
    const found = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (found !== 'ok') throw new AccessError('bad-input', `${name} is damaged: ${String(found)}`);
  } finally {
    database.close();
  }
}
