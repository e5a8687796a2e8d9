import { chmodSync, chownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { groupIdOf } from '../storage/group-id.ts';
import { auditFiles } from './audit-files.ts';
import { makePrivateFolder } from '../storage/give-to-owner.ts';

/** What an auditor needs besides the audit's own files: configs of then, and counts for reports. */
const alsoRead = ['config-revisions.sqlite', 'usage.db'];
/** What SQLite puts beside a database. */
const besides = ['', '-wal', '-shm', '-journal'];
const lookEveryMs = 2000;

const read = 0o040;
/** Enters the folder, not lists it; what is made in it belongs to its group. */
const enter = 0o2010;

/**
 * Lets the members of a group of the system read the audit in a data folder and nothing else of it, now and as files are
 * made; they can write nothing.
 * @throws AccessError `bad-config` when there is no such group, or the folder can't be given to it
 */
export function letGroupRead(options: { readonly dataDir: string; readonly group: string; readonly log: Logger }): {
  close(): void;
} {
  const { dataDir, group, log } = options;
  const gid = groupIdOf(group);
  if (gid === undefined)
    throw new AccessError(
      'bad-config',
      `audit.reader_group: this system has no group “${group}”. Make it, or name another one.`,
    );
  try {
    makePrivateFolder(dataDir);
    give(dataDir, gid, enter);
    giveAll(dataDir, gid);
  } catch (error) {
    const message = `audit.reader_group: ${dataDir} can’t be given to the group “${group}” (${String(error)}). Make the relay’s user a member of it.`;
    throw new AccessError('bad-config', message, { cause: error });
  }
  let isTold = false;
  const look = setInterval(() => {
    try {
      giveAll(dataDir, gid);
      isTold = false;
    } catch (error) {
      if (!isTold) log.warn({ err: error }, 'a file of the audit can’t be given to audit.reader_group');
      isTold = true;
    }
  }, lookEveryMs);
  look.unref();
  return { close: () => clearInterval(look) };
}

function giveAll(dataDir: string, gid: number): void {
  const { database, checkpoints, verifierKey, keys, index } = auditFiles(dataDir);
  for (const file of [database, checkpoints, verifierKey, keys, ...alsoRead.map((name) => join(dataDir, name))])
    for (const suffix of besides) give(`${file}${suffix}`, gid, read);
  if (!give(index, gid, read | enter)) return;
  for (const name of readdirSync(index)) give(join(index, name), gid, read);
}

/** False for a file that isn't there (any more). */
function give(path: string, gid: number, rights: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  try {
    if (found.gid !== gid) chownSync(path, -1, gid);
    // chown(2) takes the bit away by which a folder passes its group on.
    if ((statSync(path).mode & rights) !== rights) chmodSync(path, (found.mode & 0o7777) | rights);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
