import { accessSync, closeSync, constants, existsSync } from 'node:fs';
import { openNewPrivateFile } from './give-to-owner.ts';

/**
 * Makes an empty file that only its owner can read, unless there is one. What is there isn't opened: a process that closes
 * any handle of a file loses all its locks on it (fcntl(2), “Advisory record locking”), SQLite's too, and without them
 * another process may take away the log of a database that is open here.
 * @throws the system's error when this process can't read and write it
 */
export function makePrivateFile(path: string): void {
  if (existsSync(path)) {
    accessSync(path, constants.R_OK | constants.W_OK);
    return;
  }
  const file = openNew(path);
  if (file !== null) closeSync(file);
}

/** Null when another process has made it meanwhile. */
function openNew(path: string): number | null {
  try {
    return openNewPrivateFile(path, 'ax');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw error;
  }
}
