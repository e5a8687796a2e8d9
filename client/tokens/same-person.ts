import { decodeJwt } from 'jose';
import type { StoredTokens } from './token-set.ts';

function subjectIn(token: string | null): string | undefined {
  if (token === null) return undefined;
  try {
    return decodeJwt(token).sub;
  } catch {
    // An opaque token says nothing about the person.
    return undefined;
  }
}

/** Whether two sign-ins are of one person, as far as their tokens say whose they are (OpenID Connect Core §2, `sub`). */
export function isSamePerson(one: StoredTokens, other: StoredTokens): boolean {
  if (one.issuer.issuer !== other.issuer.issuer) return false;
  const [first, second] = [one, other].map(
    (tokens) => subjectIn(tokens.idToken) ?? (tokens.ended === null ? subjectIn(tokens.accessToken) : undefined),
  );
  return first === undefined || second === undefined || first === second;
}
