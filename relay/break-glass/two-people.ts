import { hash } from 'node:crypto';
import type { Person } from '../identity/person-key.ts';
import { foldedName } from '../sessions/locks-in-force.ts';
import type { StoredAccount } from './account.ts';

/** Who makes a link at the admin API. */
export type Inviter = Person & { readonly username?: string };

/** A way to sign in, as far as it says whose it could be. */
export interface WayIn {
  /** Who made the link that it was enrolled by, as `personHash`; missing for who can open the relay’s files. */
  readonly invitedBy?: string | undefined;
  /** The same as {@link inviterNames}; missing for links of earlier relays, too. */
  readonly invitedAs?: readonly string[] | undefined;
  /** The `person` whose account it is of, as the config in force says. */
  readonly person?: string | undefined;
}

/** By what a `person` of the config could mean somebody, hashed: the config may say only later whose an account is. Pure. */
export function inviterNames({ subject, username }: Pick<Inviter, 'subject' | 'username'>): readonly string[] {
  return [...new Set([subject, ...(username === undefined ? [] : [username])].map(nameHash))];
}

function nameHash(name: string): string {
  return hash('sha256', foldedName(name), 'base64url');
}

/**
 * Whether one person could have both of two ways to sign in: whoever makes a link may use it, and these were enrolled by
 * links of the same person, or one by a link of the person whose the other account is. Who can open the relay’s files makes
 * links that don’t count here, as they can do anything. Pure.
 */
export function couldBeOnePerson(one: WayIn, other: WayIn): boolean {
  return (
    (one.invitedBy !== undefined && one.invitedBy === other.invitedBy) || isInviter(one, other) || isInviter(other, one)
  );
}

function isInviter({ person }: WayIn, { invitedAs = [] }: WayIn): boolean {
  return person !== undefined && invitedAs.includes(nameHash(person));
}

interface AccountOfPerson extends Pick<StoredAccount, 'credentials'> {
  readonly person?: string | undefined;
}

/** Whether any two of these accounts could sign in together where two persons are demanded. Pure. */
export function haveTwoPeople(accounts: readonly AccountOfPerson[]): boolean {
  return accounts.some((one, index) =>
    accounts
      .slice(index + 1)
      .some((other) => waysOf(one).some((way) => waysOf(other).some((another) => !couldBeOnePerson(way, another)))),
  );
}

function waysOf({ credentials, person }: AccountOfPerson): readonly WayIn[] {
  if (credentials === null) return [];
  const { passkeys, passphrase } = credentials;
  const kept = [...passkeys, ...(passphrase === null ? [] : [passphrase])];
  return kept.map(({ invitedBy, invitedAs }) => ({ invitedBy, invitedAs, person }));
}
