import { hash } from 'node:crypto';
import type { Identity } from './identity.ts';

/** Who somebody is, for good: the same subject of another issuer is another person (OpenID Connect Core 1.0 §5.7). */
export type Person = Pick<Identity, 'issuer' | 'subject'>;

/** A person as the key of a table. */
export function personKey({ issuer, subject }: Person): string {
  return JSON.stringify([issuer, subject]);
}

/** A person where text is bounded or can't have every character: a hash, by which a store finds what is of one person. */
export function personHash(person: Person): string {
  return hash('sha256', personKey(person), 'base64url');
}

export function isSamePerson(one: Person, other: Person): boolean {
  return one.issuer === other.issuer && one.subject === other.subject;
}
