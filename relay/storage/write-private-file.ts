import { closeSync, fsyncSync, renameSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { openNewPrivateFile } from './give-to-owner.ts';

/** Writes a file that only its owner may read (0600), whole or not at all, flushed to disk. */
export function writePrivateFile(path: string, content: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = openNewPrivateFile(temporary, 'wx');
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
