import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesBelow } from './entries-below.ts';

/** Sizes of files are of whole kilobytes, as `Installed-Size` counts them. */
const blockBytes = 1024;

/** What the installed files take, in kilobytes. */
export async function installedKilobytes(root: string): Promise<number> {
  const entries = await entriesBelow(root);
  const sizes = await Promise.all(entries.map((entry) => lstat(join(entry.parentPath, entry.name))));
  return sizes.reduce((sum, { size }) => sum + Math.ceil(size / blockBytes), 0);
}
