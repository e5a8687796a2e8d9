import { type FolderSealer, openFolderSealer } from '../folder-sealer.ts';
import type { SealingSettings } from '../keys/key-store.ts';
import { openStorageKeys, type StorageKeys } from '../keys/storage-keys.ts';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';

/** Seals lines for a log whose folder may be lost: their keys are durable in the storage when it returns. */
export interface DatabaseSealer {
  seal(lines: readonly string[]): Promise<readonly string[]>;
  dropOldDays(nowMs: number): void;
  close(): Promise<void>;
}

/** Begins with the keys that the storage has; nothing is made where nothing is to be sealed. */
export async function openDatabaseSealer(given: {
  readonly path: string;
  readonly settings: SealingSettings | undefined;
  readonly storage: PostgresSettings;
  readonly relay: string;
  readonly statementMs: number;
}): Promise<DatabaseSealer> {
  const { path, settings } = given;
  if (settings === undefined || !(settings.erasable || settings.refusedDays !== undefined))
    return { seal: (lines) => Promise.resolve(lines), dropOldDays: () => undefined, close: () => Promise.resolve() };
  const storageKeys: StorageKeys = await openStorageKeys(given);
  let sealer: FolderSealer;
  try {
    await storageKeys.exchange();
    sealer = openFolderSealer(path, settings);
  } catch (error) {
    await storageKeys.close();
    throw error;
  }
  return {
    async seal(lines) {
      const sealed = sealer.seal(lines);
      await storageKeys.shareNew();
      return sealed;
    },
    dropOldDays: (nowMs) => void sealer.dropOldDays(nowMs),
    async close() {
      sealer.close();
      await storageKeys.close();
    },
  };
}
