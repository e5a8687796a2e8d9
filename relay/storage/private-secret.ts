import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { writePrivateFile } from './write-private-file.ts';
import { makePrivateFolder } from './give-to-owner.ts';

const secretBytes = 32;

/**
 * 256 random bits that only the relay knows, from a file of the data folder (0600); made when there is none. Of several
 * processes that begin at once, all get the same.
 * @throws AccessError `bad-config` when the file isn’t whole
 */
export function openPrivateSecret(dataDir: string, name: string): Buffer {
  makePrivateFolder(dataDir);
  const path = join(dataDir, name);
  return read(path) ?? make(path);
}

function make(path: string): Buffer {
  const own = `${path}.${randomBytes(6).toString('hex')}.new`;
  writePrivateFile(own, randomBytes(secretBytes).toString('base64url'));
  try {
    // Unlike a rename, it doesn’t take the place of what another process has just made.
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(own, { force: true });
  }
  const made = read(path);
  if (made === null) throw new AccessError('bad-config', `The secret ${path} can’t be kept.`);
  return made;
}

function read(path: string): Buffer | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new AccessError('bad-config', `The secret in ${path} can’t be read.`, { cause: error });
  }
  const secret = Buffer.from(text.trim(), 'base64url');
  if (secret.length !== secretBytes)
    throw new AccessError('bad-config', `The secret in ${path} isn’t whole; restore the file or move it away.`);
  return secret;
}
