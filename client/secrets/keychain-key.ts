import { randomBytes } from 'node:crypto';
import { AsyncEntry } from '@napi-rs/keyring';

const service = 'Causeway';
const probeTimeoutMs = 5_000;

/** Whether the operating system's keychain works for this user: sets, reads and deletes a throw-away value. */
export async function keychainWorks(): Promise<boolean> {
  const signal = AbortSignal.timeout(probeTimeoutMs);
  try {
    const entry = new AsyncEntry(service, `probe-${process.pid}`);
    const value = randomBytes(16).toString('hex');
    await entry.setPassword(value, signal);
    const same = (await entry.getPassword(signal)) === value;
    await entry.deletePassword(signal);
    return same;
  } catch {
    // No keychain service, a locked one, or none for this session: all mean that it can't be used here.
    return false;
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
