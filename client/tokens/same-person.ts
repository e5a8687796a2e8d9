import { decodeJwt } from 'jose';
import type { TokenSet } from './token-set.ts';

function subjectIn(token: string | null): string | undefined {
  if (token === null || token === '') return undefined;
  try {
    return decodeJwt(token).sub;
  } catch {
    // An opaque token says nothing about the person.
    return undefined;
  }
}

/** Whether two sign-ins are of one person, as far as their tokens say whose they are (OpenID Connect Core §2, `sub`). */
export function isSamePerson(one: TokenSet, other: TokenSet): boolean {
  if (one.issuer.issuer !== other.issuer.issuer) return false;
  const [first, second] = [one, other].map(({ idToken, accessToken }) => subjectIn(idToken) ?? subjectIn(accessToken));
  return first === undefined || second === undefined || first === second;
}
