import type { EmergencySignIn } from '../../shared/emergency.ts';
import type { Config } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import { operatorRolesOf } from '../identity/operator-roles-of.ts';
import type { SessionRecord } from '../sessions/session-record.ts';

/** Whether the app of this caller hears of emergency sign-ins: of a person whose groups make them an owner now. */
export function isTold({ admin }: Pick<Config, 'admin'>, { kind, groups }: Pick<Identity, 'kind' | 'groups'>): boolean {
  return kind === 'person' && admin !== undefined && operatorRolesOf(groups, admin.roles).includes('owner');
}

/** A sign-in as tokens and sessions date it: in whole seconds. */
export function emergencySignIn(account: string, provedAtMs: number): EmergencySignIn {
  return { account, atMs: Math.floor(provedAtMs / 1000) * 1000 };
}

/**
 * The emergency sign-in that a session, opened at whichever relay, is of; null for everybody else’s.
 * @param breakGlassIssuer issuer identifier of the accounts of the relay’s own
 */
export function emergencySignInOf(
  breakGlassIssuer: string,
  { issuer, subject, signedInAtMs, sinceMs }: Pick<SessionRecord, 'issuer' | 'subject' | 'signedInAtMs' | 'sinceMs'>,
): EmergencySignIn | null {
  return issuer === breakGlassIssuer ? emergencySignIn(subject, signedInAtMs ?? sinceMs) : null;
}
