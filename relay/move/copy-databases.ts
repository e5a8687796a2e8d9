import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';

/** Copies databases of a data folder to one of their own, where they can be migrated and looked at without a trace. */
export async function copyDatabases(
  dataDir: string,
  names: readonly string[],
): Promise<{ readonly dataDir: string; close(): void }> {
  const copy = mkdtempSync(join(tmpdir(), 'causeway-move-'));
  const close = (): void => rmSync(copy, { recursive: true, force: true });
  try {
    for (const name of names) {
      if (!existsSync(join(dataDir, name))) continue;
      const database = new DatabaseSync(join(dataDir, name), { readOnly: true });
      try {
        await backup(database, join(copy, name));
      } finally {
        database.close();
      }
    }
    return { dataDir: copy, close };
  } catch (error) {
    close();
    throw error;
  }
}
