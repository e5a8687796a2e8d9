import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Full path of a program on PATH or in the system's folders, or null. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}
