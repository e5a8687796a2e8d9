import { createHash } from 'node:crypto';
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

function subjectOf(tokens: StoredTokens): string | undefined {
  return subjectIn(tokens.idToken) ?? (tokens.ended === null ? subjectIn(tokens.accessToken) : undefined);
}

/** A name for the person that says nothing of them, the same at each sign-in; undefined where the tokens don’t say whose they are. */
export function personId(tokens: StoredTokens): string | undefined {
  const subject = subjectOf(tokens);
  if (subject === undefined) return undefined;
  return createHash('sha256')
    .update(JSON.stringify([tokens.issuer.issuer, subject]))
    .digest('base64url')
    .slice(0, 22);
}

/** Whether two sign-ins are of one person, as far as their tokens say whose they are (OpenID Connect Core §2, `sub`). */
export function isSamePerson(one: StoredTokens, other: StoredTokens): boolean {
  if (one.issuer.issuer !== other.issuer.issuer) return false;
  const [first, second] = [subjectOf(one), subjectOf(other)];
  return first === undefined || second === undefined || first === second;
}
