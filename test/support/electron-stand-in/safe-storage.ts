import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from './app.ts';

type SafeStorageApi = Pick<
  Electron.SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'
>;
type Backend = ReturnType<Electron.SafeStorage['getSelectedStorageBackend']>;

const environment = process.env['ELECTRON_STAND_IN_PASSWORD_STORE'];

/** The “password manager”: a key beside the user-data folder, not in it, as a keychain's isn't either. */
function key(): Buffer {
  const folder = `${app.getPath('userData')}.keychain`;
  const path = join(folder, 'key');
  try {
    return readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const made = randomBytes(32);
    writeFileSync(path, made, { mode: 0o600 });
    return made;
  }
}

/** Electron's `safeStorage` with real encryption; `ELECTRON_STAND_IN_PASSWORD_STORE` is `none` or a backend's name. */
export const safeStorage: SafeStorageApi = {
  isAsyncEncryptionAvailable: async () => environment !== 'none',
  getSelectedStorageBackend: () => (environment ?? 'gnome_libsecret') as Backend,
  encryptStringAsync: async (plainText) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key(), nonce);
    const body = Buffer.concat([cipher.update(plainText, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  },
  decryptStringAsync: async (encrypted) => {
    const decipher = createDecipheriv('aes-256-gcm', key(), encrypted.subarray(0, 12));
    decipher.setAuthTag(encrypted.subarray(12, 28));
    const result = Buffer.concat([decipher.update(encrypted.subarray(28)), decipher.final()]).toString('utf8');
    return { result, shouldReEncrypt: false };
  },
};
