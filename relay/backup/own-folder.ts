import type { Stats } from 'node:fs';
import { lstat, mkdir, readdir, readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { AccessError } from '../../shared/errors.ts';

/**
 * Makes a new folder for a backup, or takes an empty one, that nobody but this user, or root, can put something else in the place of:
 * root would write private keys where somebody else leads it.
 * @returns whether it was made
 * @throws AccessError `bad-input` for a folder that isn’t empty, or is neither this user’s nor root’s
 */
export async function makeOwnFolder(target: string): Promise<boolean> {
  const path = resolve(target);
  await requireSafeWay(path);
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  // Once more: it may have been put there meanwhile.
  await requireSafeWay(path);
  const found = await lstat(await realpath(path));
  if (!found.isDirectory() || isSomebodyElses(found.uid, process.getuid?.()))
    throw refusal(target, 'it is neither this user’s nor root’s');
  if ((await readdir(path)).length > 0)
    throw new AccessError('bad-input', `${target} isn’t empty. A backup gets a folder of its own.`);
  return made !== undefined;
}

/** Whether a folder of this owner is another user’s; root, who gives a service a folder to write into, leads nobody elsewhere. Pure. */
export function isSomebodyElses(owner: number, uid: number | undefined): boolean {
  return uid !== undefined && owner !== uid && owner !== 0;
}

/** Of root alone: others lead nobody but themselves. */
async function requireSafeWay(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  for await (const { at, found } of wayTo(path)) {
    const why = othersMayChange(found);
    if (why !== null) throw refusal(path, `${at} ${why}`);
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

/** As many as Linux follows (path_resolution(7)). */
const mostLinks = 40;

/** Each folder and link that leads to a path, as far as it is there, as the system follows them. */
async function* wayTo(path: string): AsyncGenerator<{ readonly at: string; readonly found: Stats }> {
  let at: string = sep;
  let links = 0;
  yield { at, found: await lstat(at) };
  const left = path.split(sep);
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    if (name === '..') at = dirname(at);
    if (['', '.', '..'].includes(name)) continue;
    const next = join(at, name);
    const found = await lstat(next).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (found === null) return;
    yield { at: next, found };
    if (!found.isSymbolicLink()) {
      at = next;
      continue;
    }
    links += 1;
    if (links > mostLinks) throw new AccessError('bad-input', `Too many links lead to ${path}.`);
    const leads = await readlink(next);
    if (isAbsolute(leads)) at = sep;
    left.unshift(...leads.split(sep));
  }
}

function refusal(target: string, why: string): AccessError {
  return new AccessError(
    'bad-input',
    `The backup would not be safe in ${target}: ${why}, who could lead it elsewhere or read it. Choose a folder below one of root’s, or make the backup as that user.`,
  );
}
