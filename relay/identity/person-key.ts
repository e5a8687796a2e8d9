import type { Identity } from './identity.ts';

/** Who somebody is, for good: the same subject of another issuer is another person (OpenID Connect Core 1.0 §5.7). */
export type Person = Pick<Identity, 'issuer' | 'subject'>;

/** A person as the key of a table. */
export function personKey({ issuer, subject }: Person): string {
  return JSON.stringify([issuer, subject]);
}

export function isSamePerson(one: Person, other: Person): boolean {
  return one.issuer === other.issuer && one.subject === other.subject;
}
