import type { Stats } from 'node:fs';
import { lstat, mkdir, readdir, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AccessError } from '../../shared/errors.ts';

/**
 * Makes a new folder for a backup, or takes an empty one, that nobody but this user, or root, can put something else in the place of:
 * root would write private keys where somebody else leads it.
 * @returns whether it was made
 * @throws AccessError `bad-input` for a folder that isn’t empty, or isn’t this user’s alone
 */
export async function makeOwnFolder(target: string): Promise<boolean> {
  const path = resolve(target);
  await requireSafeWay(path);
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  // Once more: it may have been put there meanwhile.
  await requireSafeWay(path);
  const found = await lstat(await realpath(path));
  if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== process.getuid()))
    throw refusal(target, 'it isn’t this user’s');
  if ((await readdir(path)).length > 0)
    throw new AccessError('bad-input', `${target} isn’t empty. A backup gets a folder of its own.`);
  return made !== undefined;
}

/** Of root alone: others lead nobody but themselves. */
async function requireSafeWay(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const existing = await nearestExisting(path);
  for (const way of new Set([existing, await realpath(existing)]))
    for (const folder of withParents(way)) {
      const found = await lstat(folder);
      const why = othersMayChange(found);
      if (why !== null) throw refusal(path, `${folder} ${why}`);
    }
}

/** Why somebody else than root could replace what is in it; null when nobody can. Pure. */
export function othersMayChange(found: Pick<Stats, 'uid' | 'gid' | 'mode' | 'isSymbolicLink'>): string | null {
  if (found.uid !== 0) return 'is another user’s';
  // A link is replaced by who may write into its folder.
  if (found.isSymbolicLink() || (found.mode & sticky) !== 0) return null;
  if ((found.mode & writableByAll) !== 0) return 'is open for all to write into';
  return (found.mode & writableByGroup) !== 0 && found.gid !== 0 ? 'is open for a group to write into' : null;
}

const sticky = 0o1000;
const writableByAll = 0o002;
const writableByGroup = 0o020;

async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await lstat(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (found !== null || at === dirname(at)) return at;
  }
}

function withParents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...withParents(parent), path];
}

function refusal(target: string, why: string): AccessError {
  return new AccessError(
    'bad-input',
    `The backup would not be safe in ${target}: ${why}, who could lead it elsewhere or read it. Choose a folder below one of root’s, or make the backup as that user.`,
  );
}
