import { randomBytes } from 'node:crypto';
import { AccessError } from '../../shared/errors.ts';
import { reasonedError } from '../../shared/plain-reason.ts';
import { reason } from '../../shared/reason.ts';
import type { AuditRecord } from '../audit/audit-record.ts';
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
  readonly status: AccessStatus;
  /** Who approved or refused it; null for nobody. */
  readonly decidedBy: string | null;
  readonly decidedAtMs: number | null;
  /** When the grant ends; null unless it was approved. */
  readonly expiresAtMs: number | null;
  /** What was said when it was decided, or ended early; left out for nothing, and by older relays. */
  readonly note?: string;
  /** What the person could do at the API when asking, in words; left out by older relays. */
  readonly had?: readonly string[];
}

/** `cancelled`: taken back by who asked, before it was decided. */
export type AccessStatus = 'pending' | 'approved' | 'refused' | 'cancelled' | 'revoked' | 'expired';

/** What somebody asks for, or is given. */
export type Asked = Pick<AccessRequest, 'requester' | 'api' | 'role' | 'reason' | 'hours' | 'had'>;

/** Something that happened to a request, for the audit. */
export interface AccessEvent {
  readonly event: 'requested' | Exclude<AccessStatus, 'pending'>;
  readonly timeMs: number;
  readonly by: string;
  readonly note: string;
  readonly request: AccessRequest;
}

/** Whether something may still become of it: it waits, or its grant goes on. */
export function isOpen({ status }: Pick<AccessRequest, 'status'>): boolean {
  return status === 'pending' || status === 'approved';
}

/** How long a request is kept of which nothing becomes any more; the audit keeps what happened. */
export const closedRequestsKeptMs = 90 * 86_400_000;
/** How often is looked for those. */
export const forgetEveryMs = 3_600_000;

/** Whether a request is closed for so long that it is deleted. */
export function isForgotten(request: AccessRequest, nowMs: number): boolean {
  const { requestedAtMs, decidedAtMs, expiresAtMs } = request;
  return !isOpen(request) && Math.max(requestedAtMs, decidedAtMs ?? 0, expiresAtMs ?? 0) + closedRequestsKeptMs < nowMs;
}

/** The grant of an approved request, as policy takes it; null for all others. */
export function activeGrant({ id, api, role, decidedBy, expiresAtMs, status }: AccessRequest): ActiveGrant | null {
  if (status !== 'approved' || expiresAtMs === null) return null;
  return { id, api, role, approvedBy: decidedBy ?? '', expiresAtMs };
}

/** A name for a new request, to be quoted by people; commands would take one that begins with “-” for an option. */
function newRequestId(): string {
  return randomBytes(9).toString('base64url').replace(/^-/, '_');
}

/** When a grant that is approved now ends, milliseconds since the epoch. */
export function grantEndMs(hours: number, nowMs: number): number {
  return nowMs + Math.round(hours * 3_600_000);
}

/** The request, if there is one in this state. @throws AccessError `bad-input` */
export function inState(request: AccessRequest | null, id: string, status: AccessRequest['status']): AccessRequest {
  if (request === null) throw new AccessError('bad-input', `There is no access request “${id.slice(0, 100)}”.`);
  if (request.status !== status)
    throw new AccessError('bad-input', `The access request ${id} is ${request.status}, not ${status}.`);
  return request;
}

/** An event as it stands in the audit. */
export function auditedEvent({
  event,
  timeMs,
  by,
  note,
  request,
}: AccessEvent): Extract<AuditRecord, { type: 'access' }> {
  const { id, requester, api, role, hours, expiresAtMs } = request;
  return { type: 'access', timeMs, event, grant: id, requester, api, role, hours, expiresAtMs, by, note };
}

type Act = Pick<AccessEvent, 'timeMs' | 'by' | 'note'>;

/** For how long a request is approved: as asked, or for less. @throws AccessError `bad-input` for longer */
export function approvedHours({ hours }: Pick<AccessRequest, 'hours'>, wanted: number | undefined): number {
  if (wanted === undefined || wanted === hours) return hours;
  if (wanted > hours) throw reasonedError('bad-input', reason('fewer-hours', { hours }));
  return wanted;
}

/** What happens when a request that waits is decided. @param hours shorter than asked for; only when it is approved */
export function decidedEvent(
  request: AccessRequest,
  status: 'approved' | 'refused',
  act: Act,
  hours?: number,
): AccessEvent {
  const given = status === 'approved' ? approvedHours(request, hours) : request.hours;
  const expiresAtMs = status === 'approved' ? grantEndMs(given, act.timeMs) : null;
  const decided: AccessRequest = {
    ...request,
    status,
    hours: given,
    decidedBy: act.by,
    decidedAtMs: act.timeMs,
    expiresAtMs,
    ...noteOf(act),
  };
  return { ...act, event: status, request: decided };
}

/** What happens when somebody asks. */
export function requestedEvent(asked: Asked, timeMs: number): AccessEvent {
  const request: AccessRequest = {
    ...asked,
    id: newRequestId(),
    requestedAtMs: timeMs,
    status: 'pending',
    decidedBy: null,
    decidedAtMs: null,
    expiresAtMs: null,
  };
  return { event: 'requested', timeMs, by: asked.requester.username, note: asked.reason, request };
}

/** A grant that nobody has asked for. */
export function givenEvent(asked: Asked, { timeMs, by }: Pick<Act, 'timeMs' | 'by'>): AccessEvent {
  const request: AccessRequest = {
    ...asked,
    id: newRequestId(),
    requestedAtMs: timeMs,
    status: 'approved',
    decidedBy: by,
    decidedAtMs: timeMs,
    expiresAtMs: grantEndMs(asked.hours, timeMs),
  };
  return { event: 'approved', timeMs, by, note: asked.reason, request };
}

/** What happens when a grant ends early. */
export function endedEvent(request: AccessRequest, act: Act): AccessEvent {
  const ended: AccessRequest = { ...request, status: 'revoked', expiresAtMs: act.timeMs, ...noteOf(act) };
  return { ...act, event: 'revoked', request: ended };
}

/** What happens when a request that waits is taken back by who made it. */
export function cancelledEvent(request: AccessRequest, timeMs: number): AccessEvent {
  const { username } = request.requester;
  return { event: 'cancelled', timeMs, by: username, note: '', request: { ...request, status: 'cancelled' } };
}

function noteOf({ note }: Pick<Act, 'note'>): Pick<AccessRequest, 'note'> {
  return note === '' ? {} : { note };
}
