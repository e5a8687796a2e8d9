import type { ActiveGrant } from '../policy/decision.ts';

/** Who asked for access. */
export interface Requester {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
}

/** A request for a role, from when it was made until after it ended. Times are milliseconds since the epoch. */
export interface AccessRequest {
  /** Short, to be quoted; also the id of the grant. */
  readonly id: string;
  readonly requester: Requester;
  /** The API where the role is to count; null for all. */
  readonly api: string | null;
  readonly role: string;
  readonly reason: string;
  readonly hours: number;
  readonly requestedAtMs: number;
  readonly status: 'pending' | 'approved' | 'refused' | 'revoked' | 'expired';
  /** Who approved or refused it; null while pending. */
  readonly decidedBy: string | null;
  readonly decidedAtMs: number | null;
  /** When the grant ends; null unless it was approved. */
  readonly expiresAtMs: number | null;
}

/** Something that happened to a request, for the audit. */
export interface AccessEvent {
  readonly event: 'requested' | 'approved' | 'refused' | 'revoked' | 'expired';
  readonly timeMs: number;
  readonly by: string;
  readonly note: string;
  readonly request: AccessRequest;
}

/** The grant of an approved request, as policy takes it; null for all others. */
export function activeGrant({ id, api, role, decidedBy, expiresAtMs, status }: AccessRequest): ActiveGrant | null {
  if (status !== 'approved' || expiresAtMs === null) return null;
  return { id, api, role, approvedBy: decidedBy ?? '', expiresAtMs };
}
