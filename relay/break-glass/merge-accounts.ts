import type { Credentials, StoredAccount } from './account.ts';

/**
 * What two relays know of an account, as one: what was decided later counts, and no counter or code that was used at one
 * can be used again at the other. The same whichever comes first. Pure.
 */
export function mergeAccounts(one: StoredAccount, other: StoredAccount): StoredAccount {
  const [later, earlier] = isLater(one, other) ? [one, other] : [other, one];
  return { ...later, credentials: withUses(later.credentials, earlier.credentials) };
}

/** Of two decisions at the same moment the stricter one counts. */
function isLater(one: StoredAccount, other: StoredAccount): boolean {
  if (one.changedAtMs !== other.changedAtMs) return one.changedAtMs > other.changedAtMs;
  if (one.disabled !== other.disabled) return one.disabled;
  return JSON.stringify(one.credentials) >= JSON.stringify(other.credentials);
}

function withUses(kept: Credentials | null, other: Credentials | null): Credentials | null {
  if (kept === null || other === null) return kept;
  const counterOf = (id: string): number => other.passkeys.find((passkey) => passkey.id === id)?.counter ?? 0;
  const passkeys = kept.passkeys.map((passkey) => ({
    ...passkey,
    counter: Math.max(passkey.counter, counterOf(passkey.id)),
  }));
  const { passphrase } = kept;
  if (passphrase === null || passphrase.totpSecret !== other.passphrase?.totpSecret) return { ...kept, passkeys };
  const lastStep = Math.max(passphrase.lastStep, other.passphrase.lastStep);
  return { ...kept, passkeys, passphrase: { ...passphrase, lastStep } };
}
