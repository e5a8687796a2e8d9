import { fchownSync, lchownSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/**
 * Gives a file that root has just made to whoever has its folder, as SQLite does with its logs: a command that root runs
 * leaves nothing that the relay's own user can't open. @param file its descriptor
 */
export function giveToOwner(folder: string, file: number): void {
  const owner = ownerToGiveTo(folder);
  if (owner !== null) unlessForbidden(() => fchownSync(file, owner.uid, owner.gid));
}

/** Makes a folder that its owner alone can enter, with those above it, unless it is there; root's goes to whoever has the one that was there. */
export function makePrivateFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  const owner = first === undefined ? null : ownerToGiveTo(dirname(first));
  if (first === undefined || owner === null) return;
  let made = first;
  for (const name of ['', ...relative(first, path).split(sep)]) {
    made = join(made, name);
    unlessForbidden(() => lchownSync(made, owner.uid, owner.gid));
  }
}

/** Null where nothing is to be given: for other users than root, and in root's own folders. */
function ownerToGiveTo(folder: string): { readonly uid: number; readonly gid: number } | null {
  if (process.geteuid?.() !== 0) return null;
  const { uid, gid } = statSync(folder);
  return uid === 0 ? null : { uid, gid };
}

/** A root without the right to give, as in containers, keeps what it made. */
function unlessForbidden(give: () => void): void {
  try {
    give();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'EINVAL') throw error;
  }
}
