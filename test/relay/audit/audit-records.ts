import type { AuditCaller, AuditRecord } from '../../../relay/audit/audit-record.ts';

export const alice: AuditCaller = {
  issuer: 'https://idp.example',
  subject: 'subject-alice',
  username: 'alice',
  groups: ['developers'],
  sessionId: 'session-1',
  device: 'laptop',
  remoteAddress: '127.0.0.1',
};

export function decision(
  requestId: string,
  given: Partial<Extract<AuditRecord, { type: 'decision' }>> = {},
): AuditRecord {
  return {
    type: 'decision',
    requestId,
    timeMs: 1_800_000_000_000,
    caller: alice,
    api: 'orders',
    method: 'GET',
    path: '/v1/orders',
    effect: 'allow',
    rule: 'developers-read',
    reason: 'The rule allows it.',
    policyRevision: 'r1',
    ...given,
  };
}

export function outcome(requestId: string, status = 200): AuditRecord {
  return {
    type: 'outcome',
    requestId,
    timeMs: 1_800_000_000_010,
    outcome: 'completed',
    status,
    durationMs: 10,
    requestBytes: 0,
    responseBytes: 5,
    detail: null,
  };
}
