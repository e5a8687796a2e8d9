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
  const record: AuditRecord = {
    type: 'decision',
    requestId: `malformed-${crypto.randomUUID()}`,
    timeMs: Date.now(),
    caller: socket.session.caller,
    api: '',
    method: '',
    path: '',
    effect: 'deny',
    rule: null,
    reason: detail,
    policyRevision: policy.revision,
    code: codes[status],
  };
  audit.append(record, () => {
    const phrase = STATUS_CODES[status] ?? '';
    if (socket.writable && mayAnswer()) socket.end(rawProblem(problemDocument(codes[status], status, detail), phrase));
    else socket.destroy();
  });
}
