import { join } from 'node:path';
import type { SecretStore } from '../secret-store.ts';
import { openEncryptedFiles } from './encrypted-files.ts';
import { keychainKey, keychainWorks } from './keychain-key.ts';
import { memorySecretStore } from './memory-secrets.ts';
import { passphraseKey } from './passphrase-key.ts';

/** Name of the environment variable with the passphrase of the encrypted files. */
export const passphraseVariable = 'CAUSEWAY_PASSPHRASE';

/**
 * The best place for secrets without a desktop: files encrypted under a passphrase when one is given, else under a
 * key in the operating system's keychain, else memory.
 */
export async function chooseSecretStore(
  stateDir: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<SecretStore> {
  const folder = join(stateDir, 'secrets');
  const passphrase = environment[passphraseVariable];
  if (passphrase !== undefined && passphrase !== '') {
    const files = openEncryptedFiles(join(folder, 'passphrase'), () =>
      passphraseKey(passphrase, join(folder, 'passphrase', 'salt')),
    );
    return { kind: 'encrypted-file', memoryReason: null, ...files };
  }
  if (await keychainWorks()) {
    const files = openEncryptedFiles(join(folder, 'keychain'), () => keychainKey(stateDir));
    return { kind: 'keychain', memoryReason: null, ...files };
  }
  return memorySecretStore(
    `This system has no usable keychain and ${passphraseVariable} isn’t set, so the sign-in lasts until the command ends.`,
  );
}
