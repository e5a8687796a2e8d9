import { readdir } from 'node:fs/promises';
import { AccessError } from '../../shared/errors.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { breakGlassFile } from '../break-glass/break-glass-store.ts';
import { keptDatabases } from './kept-databases.ts';

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
 * What a backup of a data folder has, in the order in which it is copied: none knows of more than the ones that it depends on.
 * @throws AccessError `bad-input` for a folder that isn’t there
 */
export async function filesToBackUp(dataDir: string, keys: boolean): Promise<readonly string[]> {
  return inOrder((await filesIn(dataDir)).filter((name) => !isPassing(name) && (keys || !isKeyFile(name))));
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
