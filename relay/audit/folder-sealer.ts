import { existsSync } from 'node:fs';
import { dayMs } from './retention/day-segments.ts';
import { type KeyStore, openKeyStore, type SealingSettings } from './keys/key-store.ts';
import { createSealer, type Sealer } from './sealer.ts';

/** A sealer with the keys of a data folder. */
export interface FolderSealer extends Sealer {
  /** Throws away the keys of refused sign-ins that are too old; how many days that were. */
  dropOldDays(nowMs: number): number;
  close(): void;
}

/** Nothing is made in a folder in which nothing is, or ever was, to be sealed. */
export function openFolderSealer(path: string, given: SealingSettings | undefined): FolderSealer {
  const isWanted = given !== undefined && (given.erasable || given.refusedDays !== undefined);
  if (!isWanted && !existsSync(path)) return { seal: (lines) => lines, dropOldDays: () => 0, close: () => undefined };
  const { keys, settings } = openKeyStore(path, given);
  return withKeys(keys, settings);
}

function withKeys(keys: KeyStore, settings: SealingSettings): FolderSealer {
  const { refusedDays } = settings;
  return {
    ...createSealer(keys, settings),
    dropOldDays: (nowMs) =>
      refusedDays === undefined ? 0 : keys.dropDaysBefore(Math.floor(nowMs / dayMs) - refusedDays + 1),
    close: () => keys.close(),
  };
}
