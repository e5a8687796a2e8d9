import { safeStorage } from 'electron';
import type { SecretStore } from '../../client/secrets/secret-store.ts';
import { memorySecretStore } from '../../client/secrets/memory-secrets.ts';
import { decideSecretBackend } from '../secret-backend.ts';
import { besideSecretFile, createSecretFile } from '../secret-file.ts';

/** The secret store that this system allows; call once the app is ready. */
export async function openSecrets(
  path: string,
  didFailToDecrypt: (name: string, cause: unknown) => void,
): Promise<SecretStore> {
  const backend = decideSecretBackend({
    platform: process.platform,
    available: await safeStorage.isAsyncEncryptionAvailable(),
    linuxBackend: process.platform === 'linux' ? safeStorage.getSelectedStorageBackend() : null,
  });
  if (backend.status === 'memory') return besideSecretFile(path, memorySecretStore(backend.reason));
  return createSecretFile(
    path,
    {
      encrypt: (plain) => safeStorage.encryptStringAsync(plain),
      decrypt: async (encrypted) => (await safeStorage.decryptStringAsync(encrypted)).result,
    },
    didFailToDecrypt,
  );
}
