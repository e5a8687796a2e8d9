import { registryTypes } from '../managed/registry-value.ts';
import type { PathStore } from './environment-key.ts';
import { withEntry, withoutEntry } from './path-value.ts';

export const pathChanges = ['add', 'remove'] as const;
export type PathChange = (typeof pathChanges)[number];

/**
 * Puts a folder on PATH, or takes it away; the installer for Windows calls it. What else stands there, and how variables in it are
 * named, stays.
 * @returns whether anything had to be changed
 * @throws Error when Windows doesn’t let it, or PATH would be too long; then it is as before
 */
export function changePath(store: PathStore, change: PathChange, folder: string): boolean {
  const before = store.read();
  const { type, text } = before ?? { type: registryTypes.expandSz, text: '' };
  const after = change === 'add' ? withEntry(text, folder) : withoutEntry(text, folder);
  if (after === text) return false;
  store.write({ type, text: after });
  store.announce();
  return true;
}
