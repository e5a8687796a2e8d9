import { join } from 'node:path';
import type { SecretStore } from './secret-store.ts';
import { type EncryptedFiles, openEncryptedFiles } from './encrypted-files.ts';
import { keychainKey, type KeychainState, probeKeychain } from './keychain-key.ts';
import { memorySecretStore } from './memory-secrets.ts';
import { passphraseKey } from './passphrase-key.ts';

/** Name of the environment variable with the passphrase of the encrypted files. */
export const passphraseVariable = 'CAUSEWAY_PASSPHRASE';

interface Place {
  readonly files: EncryptedFiles;
  /** Why it can’t be read now, as the end of “It is kept …”; null when it can. */
  readonly closed: () => Promise<string | null>;
}

const closedKeychain: Readonly<Record<KeychainState, string | null>> = {
  open: null,
  locked: 'under the system’s keychain, which is locked',
  absent: 'under the system’s keychain, which isn’t there now',
};

const memoryReasons: Readonly<Record<Exclude<KeychainState, 'open'>, string>> = {
  locked: `The system’s keychain is locked and ${passphraseVariable} isn’t set, so the sign-in lasts until the command ends. Unlock the keychain to keep it.`,
  absent: `This system has no usable keychain and ${passphraseVariable} isn’t set, so the sign-in lasts until the command ends.`,
};

/**
 * The best place for secrets without a desktop: files encrypted under a passphrase when one is given, else under a
 * key in the operating system's keychain, else memory. Whichever it is, a value is deleted in all of them. `unwritable`
 * says why the folder takes nothing, which leaves memory.
 */
export async function chooseSecretStore(
  stateDir: string,
  environment: Readonly<Record<string, string | undefined>>,
  unwritable: string | null = null,
): Promise<SecretStore> {
  const folder = join(stateDir, 'secrets');
  const passphrase = environment[passphraseVariable] || undefined;
  const underPassphrase: Place = {
    files: openEncryptedFiles(join(folder, 'passphrase'), () =>
      passphraseKey(passphrase ?? '', join(folder, 'passphrase', 'salt')),
    ),
    closed: async () =>
      passphrase === undefined ? `in a file under a passphrase, and ${passphraseVariable} isn’t set` : null,
  };
  // Asked when needed only: a locked keychain may show the person a dialog.
  let probed: Promise<KeychainState> | undefined;
  const keychain = (): Promise<KeychainState> => (probed ??= probeKeychain());
  const underKeychain: Place = {
    files: openEncryptedFiles(join(folder, 'keychain'), () => keychainKey(stateDir)),
    closed: async () => closedKeychain[await keychain()],
  };
  if (unwritable !== null) {
    const memory = memorySecretStore(`${unwritable} The sign-in lasts until the command ends.`);
    return { ...memory, ...everywhere((name) => memory.delete(name), [underPassphrase, underKeychain]) };
  }
  if (passphrase !== undefined) return storeOver(underPassphrase, [underKeychain], 'encrypted-file');
  const state = await keychain();
  if (state === 'open') return storeOver(underKeychain, [underPassphrase], 'keychain');
  const memory = memorySecretStore(memoryReasons[state]);
  return { ...memory, ...everywhere((name) => memory.delete(name), [underPassphrase, underKeychain]) };
}

function storeOver({ files }: Place, others: readonly Place[], kind: 'encrypted-file' | 'keychain'): SecretStore {
  return { ...files, kind, memoryReason: null, ...everywhere((name) => files.delete(name), others) };
}

function everywhere(
  deleteHere: EncryptedFiles['delete'],
  others: readonly Place[],
): Pick<SecretStore, 'delete' | 'elsewhere'> {
  return {
    async delete(name) {
      // Each is tried, whatever became of the others.
      const outcomes = await Promise.allSettled([deleteHere(name), ...others.map(({ files }) => files.delete(name))]);
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    async elsewhere(name) {
      const values: string[] = [];
      const closed: string[] = [];
      for (const { files, closed: whyClosed } of others) {
        if (!(await files.has(name))) continue;
        const reason = await whyClosed();
        const value = reason === null ? await files.get(name).catch(() => null) : null;
        if (value === null) closed.push(reason ?? 'in a file that can’t be decrypted');
        else values.push(value);
      }
      return { values, closed };
    },
  };
}
