import type { StoredAccount } from './account.ts';

/**
 * Whether one person could have both of two ways to sign in: whoever makes a link may use it, and these were enrolled by
 * links of the same person. Who can open the relay’s files makes links that don’t count here, as they can do anything. Pure.
 * @param one as `invitedBy` of a passkey or a passphrase
 */
export function couldBeOnePerson(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one === other;
}

/** Whether any two of these accounts could sign in together where two persons are demanded. Pure. */
export function haveTwoPeople(accounts: readonly Pick<StoredAccount, 'credentials'>[]): boolean {
  return accounts.some((one, index) =>
    accounts
      .slice(index + 1)
      .some((other) =>
        invitersOf(one).some((inviter) => invitersOf(other).some((another) => !couldBeOnePerson(inviter, another))),
      ),
  );
}

function invitersOf({ credentials }: Pick<StoredAccount, 'credentials'>): readonly (string | undefined)[] {
  if (credentials === null) return [];
  const { passkeys, passphrase } = credentials;
  return [...passkeys, ...(passphrase === null ? [] : [passphrase])].map(({ invitedBy }) => invitedBy);
}
