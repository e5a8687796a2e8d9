import type { AuditRecord } from '../audit/audit-record.ts';

/** Something out of the ordinary, as it goes into the audit. */
export type Finding = Extract<AuditRecord, { type: 'anomaly' }>;

/** A finding before it has a number. */
export type Found = Omit<Finding, 'type' | 'id'>;

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
