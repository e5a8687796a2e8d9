import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { type FolderLock, isFolderHeld, lockFolder } from '../audit/folder-lock.ts';
import { grantFile } from '../grants/grant-store.ts';
import { revocationFile } from '../identity/stored-revocations.ts';
import { sessionFile } from '../sessions/session-database.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';
import type { MovedPart } from './moved-part.ts';

/** What became of one kind of what the folder keeps. */
export interface MovedCount {
  readonly name: string;
  readonly inFolder: number;
  /** How many of the folder's were in the storage before, and are now. */
  readonly before: number;
  readonly after: number;
}

/** Name of the file that says that a folder was moved. */
const markFile = 'moved-to-storage';

/**
 * Takes what a data folder keeps to the storage that relays share. The folder stays as it is, and is held meanwhile, so
 * that no relay starts on it. Killed at any time and run again, it ends as if it had not been killed.
 * @throws AccessError `bad-input` for a folder that isn't there or that a relay uses; `bad-config` when a newer relay has
 * made something here or there; `shared-state-unavailable` when the storage can't be reached, or lacks something
 * afterwards
 */
export async function moveStorage(options: {
  readonly dataDir: string;
  /** Puts acts of administrators that still wait into the folder's audit. */
  readonly recordActs: () => Promise<void>;
  /** In the order in which they are moved; opened once nobody else can change the folder. */
  readonly parts: () => Promise<readonly MovedPart[]>;
  readonly didProgress: (part: string, soFar: number, of: number) => void;
}): Promise<readonly MovedCount[]> {
  const { dataDir, recordActs, parts, didProgress } = options;
  refuseUnmovable(dataDir);
  await recordActs();
  const lock = hold(dataDir);
  try {
    const counts: MovedCount[] = [];
    for (const part of await parts()) {
      const { name, count: inFolder } = part;
      const before = await part.verify();
      await part.move((soFar) => didProgress(name, soFar, inFolder));
      counts.push({ name, inFolder, before, after: await part.verify() });
    }
    const missing = counts.filter(({ inFolder, after }) => after < inFolder).map(({ name }) => name);
    if (missing.length > 0)
      throw new AccessError(
        'shared-state-unavailable',
        `Some of what the folder has isn’t in the storage afterwards: ${missing.join(', ')}. Run the command again.`,
      );
    mark(dataDir);
    return counts;
  } finally {
    lock.close();
  }
}

/** @throws AccessError `bad-input` when there is no such folder, or a relay uses it */
export function refuseUnmovable(dataDir: string): void {
  if (!existsSync(dataDir)) throw new AccessError('bad-input', `There is no data folder ${dataDir}.`);
  if (isFolderHeld(dataDir)) throw inUse(dataDir);
}

/**
 * What a folder had when it was moved isn't what counts any more.
 * @throws AccessError `bad-config` when the folder was moved
 */
export function refuseMovedFolder(dataDir: string): void {
  const path = join(dataDir, markFile);
  if (!existsSync(path)) return;
  throw new AccessError(
    'bad-config',
    `What ${dataDir} keeps was moved to a storage, and is as it was then: the config lacks “storage”. To go back to what the folder has all the same, remove ${path}.`,
  );
}

/** What a folder keeps that a relay with a storage doesn't look at, because it wasn't moved there; names of files. */
export function unmovedIn(dataDir: string): readonly string[] {
  if (existsSync(join(dataDir, markFile))) return [];
  return [sessionFile, grantFile, revocationFile].filter((name) => existsSync(join(dataDir, name)));
}

function mark(dataDir: string): void {
  const path = join(dataDir, markFile);
  if (!existsSync(path)) writePrivateFile(path, `${new Date().toISOString()}\n`);
}

function hold(dataDir: string): FolderLock {
  try {
    return lockFolder(auditFiles(dataDir).lock);
  } catch (error) {
    if (isFolderHeld(dataDir)) throw inUse(dataDir);
    throw error;
  }
}

function inUse(dataDir: string): AccessError {
  return new AccessError(
    'bad-input',
    `A relay runs on ${dataDir}. Stop it first: what it changes meanwhile would be lost.`,
  );
}
