import { STATUS_CODES } from 'node:http';
import { problemDocument } from '../../../shared/problem-document.ts';
import type { AuditLog, AuditRecord } from '../../audit/audit-record.ts';
import type { PolicyInForce } from '../../policy/policy-in-force.ts';
import type { MalformedRequest } from './create-stream-server.ts';
import { rawProblem } from '../problem-response.ts';

/** A request that could not be parsed is recorded like any other refusal, then answered and cut off. */
export function refuseMalformed(
  audit: AuditLog,
  { policy }: PolicyInForce,
  { socket, status, detail, mayAnswer }: MalformedRequest,
): void {
  const codes = {
    400: 'bad-request',
    405: 'method-not-supported',
    408: 'bad-request',
    431: 'headers-too-large',
    505: 'bad-request',
  } as const;
  const code = codes[status];
  const requestId = `malformed-${crypto.randomUUID()}`;
  const startedAtMs = Date.now();
  const record: AuditRecord = {
    type: 'decision',
    requestId,
    timeMs: startedAtMs,
    caller: socket.session.caller,
    api: '',
    method: '',
    path: '',
    effect: 'deny',
    rule: null,
    reason: detail,
    policyRevision: policy.revision,
    code,
  };
  audit.append(record, () => {
    const isAnswered = socket.writable && mayAnswer();
    const problem = problemDocument(code, status, detail);
    if (isAnswered) socket.end(rawProblem(problem, STATUS_CODES[status] ?? ''));
    else socket.destroy();
    const nowMs = Date.now();
    const outcome: AuditRecord = {
      type: 'outcome',
      requestId,
      timeMs: nowMs,
      outcome: isAnswered ? 'completed' : 'aborted',
      status: isAnswered ? status : null,
      durationMs: nowMs - startedAtMs,
      requestBytes: 0,
      responseBytes: isAnswered ? Buffer.byteLength(JSON.stringify(problem)) : 0,
      detail: null,
      ...(isAnswered ? { code } : {}),
    };
    audit.append(outcome, () => {
      // As for every request: a decision without an outcome says that it isn't known.
    });
  });
}
