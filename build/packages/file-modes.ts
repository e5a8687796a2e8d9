import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesBelow } from './entries-below.ts';

/**
 * The rights of files in packages: everybody may read, root may write, whatever the umask of who builds is.
 * @param programs ends of paths that may be run
 */
export async function closeToOthersWriting(folder: string, programs: readonly string[]): Promise<void> {
  for (const entry of await entriesBelow(folder)) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const mayRun = entry.isDirectory() || programs.some((end) => path.endsWith(end));
    await chmod(path, mayRun ? 0o755 : 0o644);
  }
}
