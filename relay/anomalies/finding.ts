import { createHash } from 'node:crypto';
import type { AuditCaller, AuditRecord } from '../audit/audit-record.ts';

/** Something out of the ordinary, as it goes into the audit. */
export type Finding = Extract<AuditRecord, { type: 'anomaly' }>;

/** A finding before it has a number. */
export type Found = Omit<Finding, 'type' | 'id'>;

/** By what a person's sign-in on a device is known: at all relays, or in records of older ones by its tunnel. */
export function signInOf({ signIn, sessionId }: AuditCaller): string {
  return signIn ?? sessionId;
}

/** A finding about refused sign-ins once they aren't to say from where they were, as the audit has it then. */
export function withoutAddress(finding: Finding): Finding {
  return { ...finding, remoteAddress: '', detail: '(erased)' };
}

/** The same finding has the same number, also when a watch that was killed finds it again. */
export function numbered(found: Found, seq: number): Finding {
  const about = JSON.stringify([seq, found.rule, found.timeMs, found.person, found.remoteAddress]);
  const id = createHash('sha256').update(about).digest('base64url').slice(0, 16);
  return { type: 'anomaly', id, ...found };
}

/** Calls back with what a rule finds. */
export type Emit = (found: Found) => void;

export type Decision = Extract<AuditRecord, { type: 'decision' }>;
export type Refusal = Extract<AuditRecord, { type: 'authentication-refused' }>;
export type Session = Extract<AuditRecord, { type: 'session' }>;

/** A finding about a person's request. */
export function ofRequest(rule: Found['rule'], { timeMs, caller, api }: Decision, detail: string): Found {
  const { issuer, subject, username, sessionId, device, remoteAddress } = caller;
  return { rule, timeMs, person: { issuer, subject, username }, sessionId, device, remoteAddress, api, detail };
}
