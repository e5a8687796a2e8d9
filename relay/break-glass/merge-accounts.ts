import type { Credentials, StoredAccount } from './account.ts';

/**
 * What two relays know of an account, as one: what was decided later counts, and no counter or code that was used at one
 * can be used again at the other. The same whichever comes first. Pure.
 */
export function mergeAccounts(one: StoredAccount, other: StoredAccount): StoredAccount {
  const [later, earlier] = isEnrolledLater(one, other) ? [one, other] : [other, one];
  const { disabled, disabledAtMs } = isDisabledLater(one, other) ? one : other;
  // Somebody who enrolled at a relay that didn’t know yet that the account was disabled hasn’t enrolled.
  const isVoid = disabled && later.changedAtMs > disabledAtMs;
  const credentials = isVoid ? null : withUses(later.credentials, earlier.credentials);
  return { name: later.name, credentials, disabled, changedAtMs: later.changedAtMs, disabledAtMs };
}

/** Of two decisions at the same moment the stricter one counts. */
function isEnrolledLater(one: StoredAccount, other: StoredAccount): boolean {
  if (one.changedAtMs !== other.changedAtMs) return one.changedAtMs > other.changedAtMs;
  if (one.credentials === null || other.credentials === null) return one.credentials === null;
  return JSON.stringify(one.credentials) >= JSON.stringify(other.credentials);
}

/** Whether an account is disabled follows from what was said of that alone: an enrolment enables nothing. */
function isDisabledLater(one: StoredAccount, other: StoredAccount): boolean {
  if (one.disabledAtMs !== other.disabledAtMs) return one.disabledAtMs > other.disabledAtMs;
  return one.disabled;
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
