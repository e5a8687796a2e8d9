import { text } from '../../shared/messages/text.ts';
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';

/** Values as files, each encrypted with AES-256-GCM under one key; names are bound to the values. */
export interface EncryptedFiles {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  delete(name: string): Promise<void>;
  /** Whether a value stands there; needs no key. */
  has(name: string): Promise<boolean>;
}

const ivBytes = 12;
const tagBytes = 16;

/** Not there, which is another thing than not to be read. */
function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * Opens the folder; `key` (32 bytes) is asked for when first needed. Files are replaced as a whole, so that
 * another process sees the old value or the new one.
 * @throws AccessError `bad-input` from `get` when the key doesn't fit, `sign-in-closed` when the file can't be read
 */
export function openEncryptedFiles(folder: string, key: () => Promise<Buffer>): EncryptedFiles {
  let known: Promise<Buffer> | undefined;
  // A key that can't be had now, for example of a locked keychain, is asked for again.
  const keyOnce = (): Promise<Buffer> =>
    (known ??= key().catch((error: unknown) => {
      known = undefined;
      throw error;
    }));
  const pathOf = (name: string): string => join(folder, `${createHash('sha256').update(name).digest('hex')}.secret`);

  return {
    async get(name) {
      let sealed: Buffer;
      try {
        sealed = await readFile(pathOf(name));
      } catch (error) {
        if (isAbsence(error)) return null;
        const why = text('failure.unreadable-file', { why: (error as Error).message });
        throw new AccessError('sign-in-closed', why, { cause: error });
      }
      try {
        const decipher = createDecipheriv('aes-256-gcm', await keyOnce(), sealed.subarray(0, ivBytes), {
          authTagLength: tagBytes,
        });
        decipher.setAAD(Buffer.from(name));
        decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
        return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]).toString();
      } catch (cause) {
        throw new AccessError('bad-input', text('failure.undecryptable'), { cause });
      }
    },
    async set(name, value) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', await keyOnce(), iv, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(name));
      const sealed = Buffer.concat([cipher.update(value), cipher.final()]);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = pathOf(name);
      const fresh = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
      try {
        // Flushed before the rename, so that a power cut leaves the old value or the new one.
        await writeFile(fresh, Buffer.concat([iv, cipher.getAuthTag(), sealed]), {
          mode: 0o600,
          flag: 'wx',
          flush: true,
        });
        await rename(fresh, path);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
    },
    async delete(name) {
      const path = pathOf(name);
      await rm(path, { force: true });
      // A process that was killed while it wrote leaves what it had written.
      const names = await readdir(folder).catch(() => []);
      const unfinished = names.filter((other) => other.startsWith(`${basename(path)}.`));
      await Promise.all(unfinished.map((other) => rm(join(folder, other), { force: true })));
    },
    has: (name) =>
      access(pathOf(name)).then(
        () => true,
        (error: unknown) => !isAbsence(error),
      ),
  };
}
