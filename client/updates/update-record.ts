import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { AppUpdate } from '../../shared/app-update.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const recordSchema = z.object({
  /** Random, made once: decides when a rollout reaches this computer. Never sent anywhere. */
  installId: z.string().regex(/^[\da-f]{32}$/),
  /** By channel, when the newest metadata that was taken was signed: older is never taken again. */
  newestSignedAtMs: z.record(z.string(), z.number()),
  /** The version that was last tried to be installed: one that doesn’t start isn’t tried over and over. */
  attempt: z.object({ version: z.string(), atMs: z.number() }).nullable(),
  /** What the app said last, for `causeway update status` while it doesn’t run. */
  last: z.custom<AppUpdate>((value) => typeof value === 'object' && value !== null && 'state' in value).nullable(),
});
export type UpdateRecord = z.infer<typeof recordSchema>;

/** Where the app keeps all of its updates, below its user-data folder. */
export function updatesFolder(userData: string): string {
  return join(userData, 'updates');
}

/** The app’s user-data folder, where it is unless somebody moved it. */
export function usualUserData(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  if (platform === 'win32') return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Causeway');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Causeway');
  return join(environment['XDG_CONFIG_HOME'] || join(home, '.config'), 'Causeway');
}

/** Reads what was kept; null when there is nothing that can be read. */
export async function readUpdateRecord(folder: string): Promise<UpdateRecord | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(folder, recordName), 'utf8')));
  } catch {
    // A record that was damaged is as good as none: it only makes the next check begin anew.
    return null;
  }
}

/** A record for an app that has none yet. */
export function freshUpdateRecord(): UpdateRecord {
  return { installId: randomBytes(16).toString('hex'), newestSignedAtMs: {}, attempt: null, last: null };
}

/** Writes it whole or not at all. */
export async function writeUpdateRecord(folder: string, record: UpdateRecord): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const work = join(folder, `${recordName}.${process.pid}`);
  await writeFile(work, JSON.stringify(record), { mode: 0o600 });
  await rename(work, join(folder, recordName));
}

const recordName = 'updates.json';
