import { hash } from 'node:crypto';
import type { ProviderLogout } from '../identity/identity.ts';
import type { Revocation } from '../identity/revocations.ts';
import type { SessionRecord } from './session-record.ts';

/** By what a record names the provider's session that it is of, as the provider's own name of it may open doors elsewhere. */
export function providerSessionName(issuer: string, sid: string): string {
  return hash('sha256', JSON.stringify([issuer, sid]), 'base64url').slice(0, 16);
}

/**
 * Which of a person's sessions a sign-out at the provider ends: of one of its sessions, or all. One that doesn't know its
 * name there ends with the person's others.
 */
export function endedByLogout(
  sessions: readonly SessionRecord[],
  { issuer, subject, sid }: ProviderLogout,
): readonly SessionRecord[] {
  const ofIssuer = sessions.filter((session) => session.issuer === issuer);
  const isOfPerson = (session: SessionRecord): boolean => subject !== undefined && session.subject === subject;
  if (sid === undefined) return ofIssuer.filter(isOfPerson);
  const name = providerSessionName(issuer, sid);
  return ofIssuer.filter((session) =>
    session.providerSession === undefined ? isOfPerson(session) : session.providerSession === name,
  );
}

/** Which of a person's sessions a revocation of sign-ins from before a moment ends. */
export function endedByRevocation(
  sessions: readonly SessionRecord[],
  revocation: Revocation,
  asOfMs: number,
): readonly SessionRecord[] {
  const before = sessions.filter(({ issuedAtMs }) => issuedAtMs === null || issuedAtMs <= asOfMs);
  if ('tokenId' in revocation) return before.filter(({ tokenId }) => tokenId === revocation.tokenId);
  if ('sid' in revocation)
    return endedByLogout(before, { issuer: revocation.issuer, subject: revocation.unnamedOf, sid: revocation.sid });
  return before;
}
