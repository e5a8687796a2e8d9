import { randomBytes } from 'node:crypto';
import { AsyncEntry } from '@napi-rs/keyring';

const service = 'Causeway';
const probeTimeoutMs = 5_000;

/** `locked`: a keychain is there, but the person must open it first. */
export type KeychainState = 'open' | 'locked' | 'absent';

/** The Secret Service (“unlock prompt was dismissed”, “is locked”) and macOS (errSecInteractionNotAllowed) in words. */
const lockedWords = /locked|dismissed|interaction is not allowed|-25308/i;

/** Looks by setting, reading and deleting a throw-away value of this user. */
export async function probeKeychain(): Promise<KeychainState> {
  const signal = AbortSignal.timeout(probeTimeoutMs);
  try {
    const entry = new AsyncEntry(service, `probe-${process.pid}`);
    const value = randomBytes(16).toString('hex');
    await entry.setPassword(value, signal);
    const same = (await entry.getPassword(signal)) === value;
    await entry.deletePassword(signal);
    return same ? 'open' : 'absent';
  } catch (error) {
    // A keychain that asks the person to open it, and gets no answer, doesn’t answer us either.
    return signal.aborted || lockedWords.test(String(error)) ? 'locked' : 'absent';
  }
}

/**
 * The key of the encrypted files, kept in the keychain and made when there is none. Only the key goes there, because
 * some keychains take no more than 2.5 kB.
 */
export async function keychainKey(stateDir: string): Promise<Buffer> {
  const entry = new AsyncEntry(service, `files:${stateDir}`);
  const known = await entry.getPassword();
  if (known) return Buffer.from(known, 'base64');
  const key = randomBytes(32);
  await entry.setPassword(key.toString('base64'));
  return key;
}
