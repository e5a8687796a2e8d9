import { accessSync, constants } from 'node:fs';
import { auditFiles } from '../audit/audit-files.ts';
import { folderOf, type PlaceFlags } from './place-flags.ts';
import { findRelay, type RunningRelay } from './running-relay.ts';

/** A data folder, and the relay that is asked instead of reading it. */
export interface Read {
  readonly dataDir: string;
  /** Null when none runs, or when this user may not ask it and reads its audit instead (`audit.reader_group`). */
  readonly relay: RunningRelay | null;
}

/**
 * Who answers what only reads.
 * @param way `itself` is for what nobody should have to believe the relay: who may read its audit does
 * @throws AccessError `bad-input` for who may do neither
 */
export async function whoReads(flags: PlaceFlags, way: 'asking' | 'itself' = 'asking'): Promise<Read> {
  const dataDir = await folderOf(flags);
  const canRead = mayRead(auditFiles(dataDir).database);
  if (way === 'itself' && canRead) return { dataDir, relay: null };
  try {
    return { dataDir, relay: await findRelay(dataDir) };
  } catch (error) {
    if (!canRead) throw error;
    return { dataDir, relay: null };
  }
}

/** Whether the relay has to be asked by its folder, because this user names that, or may not read the config. */
export function namesFolder({ config, data }: PlaceFlags): boolean {
  return data !== undefined || whyUnreadable(config) === 'EACCES';
}

function mayRead(path: string): boolean {
  return whyUnreadable(path) === null;
}

function whyUnreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  }
}
