import { randomBytes, scrypt } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);
const saltBytes = 32;
/** OWASP's recommendation for scrypt: N = 2^17, r = 8, p = 1 (128 MiB, about half a second). */
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

async function saltAt(path: string): Promise<Buffer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const known = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (known) return known;
  // Linked into place whole, so that two processes that begin at once end up with the same salt.
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, randomBytes(saltBytes), { mode: 0o600 });
  try {
    await link(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  return await readFile(path);
}

/** Derives a 32-byte key from a passphrase and the salt kept at `saltPath`, which is made when there is none. */
export async function passphraseKey(passphrase: string, saltPath: string): Promise<Buffer> {
  return await derive(passphrase.normalize('NFKC'), await saltAt(saltPath), 32, cost);
}
