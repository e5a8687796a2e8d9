import { readdir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';

/**
 * All that is below a folder, sorted by path. Where a link leads isn’t below: `readdir` itself goes there, too, when it is asked for all
 * depths.
 */
export async function entriesBelow(folder: string): Promise<readonly Dirent[]> {
  const found: Dirent[] = [];
  for (const entry of (await readdir(folder, { withFileTypes: true })).toSorted((one, other) =>
    one.name < other.name ? -1 : 1,
  )) {
    found.push(entry);
    if (entry.isDirectory()) found.push(...(await entriesBelow(join(folder, entry.name))));
  }
  return found;
}
