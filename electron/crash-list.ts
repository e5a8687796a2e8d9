import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CrashFiles } from '../shared/snapshot.ts';

const dayMs = 86_400_000;
/** A crash file holds a piece of the app's memory: few are kept, and not for long. */
const maxFiles = 5;
const maxAgeMs = 14 * dayMs;

/** The crash files of a folder, newest first, after those that are too old or too many were deleted. */
export function keepNewestCrashes(folder: string, nowMs: number, most = maxFiles): CrashFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Crashpad may have made it before.
  if (process.platform !== 'win32') chmodSync(folder, 0o700);
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.dmp'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, atMs: statSync(path).mtimeMs }))
    .toSorted((one, other) => other.atMs - one.atMs);
  const kept = files.filter(({ atMs }, index) => index < most && nowMs - atMs <= maxAgeMs);
  for (const { path } of files.slice(kept.length)) rmSync(path, { force: true });
  return { folder, count: kept.length, lastAtMs: kept[0]?.atMs ?? null };
}
