import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { PolicyProblem } from '../../shared/managed/managed-state.ts';

/** What is IT’s on this system: who may own it. */
export interface Trust {
  /** User ids that files and folders may belong to; 0, the administrator, by default. */
  readonly owners: readonly number[];
  /** Folders above this one aren’t looked at; the root by default. */
  readonly top: string;
}

/** Only the administrator’s own files count. */
export const administratorsOnly: Trust = { owners: [0], top: '/' };

type Unsafe = Extract<PolicyProblem, { fault: 'unsafe' }>;

/** What a file has; `gone` when there is none; or why it can’t be taken for IT’s. */
export type TrustedRead =
  | { readonly status: 'read'; readonly bytes: Buffer }
  | { readonly status: 'gone' }
  | { readonly status: 'refused'; readonly problem: PolicyProblem };

const maxBytes = 1_048_576;
const othersMayWrite = 0o022;

/** What is wrong with a folder, or one above it, that somebody else than its owners could change; null when nothing is. */
export function unsafeFolder(folder: string, { owners, top }: Trust): Omit<Unsafe, 'place'> | null {
  const above = dirname(folder);
  if (folder !== top && above !== folder) {
    const found = unsafeFolder(above, { owners, top });
    if (found !== null) return found;
  }
  const reason = fault(lstatSync(folder), owners, 'directory');
  return reason === null ? null : { fault: 'unsafe', path: folder, reason };
}

/**
 * Reads a file that only its owners could have written: no link, no other owner, no right to write for group or others,
 * neither at the file nor at a folder above it. What is checked is what is read.
 */
export function readTrusted(path: string, trust: Trust): TrustedRead {
  const refused = (problem: Omit<Unsafe, 'place'>): TrustedRead => ({
    status: 'refused',
    problem: { place: path, ...problem },
  });
  let descriptor: number | undefined;
  try {
    // Where there is no file, the folders above are nobody’s concern.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return { status: 'gone' };
    const folder = unsafeFolder(dirname(path), trust);
    if (folder !== null) return refused(folder);
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(descriptor);
    const reason = fault(stats, trust.owners, 'file') ?? (stats.size > maxBytes ? 'too-large' : null);
    if (reason !== null) return refused({ fault: 'unsafe', path, reason });
    return { status: 'read', bytes: readFileSync(descriptor) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { status: 'gone' };
    if (code === 'ELOOP') return refused({ fault: 'unsafe', path, reason: 'link' });
    return { status: 'refused', problem: { place: path, fault: 'unreadable', detail: message } };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function fault(stats: Stats, owners: readonly number[], kind: 'file' | 'directory'): Unsafe['reason'] | null {
  if (stats.isSymbolicLink()) return 'link';
  if (kind === 'file' ? !stats.isFile() : !stats.isDirectory()) return 'not-a-file';
  if (!owners.includes(stats.uid)) return 'owner';
  return (stats.mode & othersMayWrite) === 0 ? null : 'writable';
}
