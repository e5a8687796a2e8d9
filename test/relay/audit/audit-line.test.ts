import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditLine } from '../../../relay/audit/audit-line.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
const caller = fc.record({
  issuer: text,
  subject: text,
  username: text,
  groups: fc.array(text, { maxLength: 3 }),
  sessionId: fc.uuid(),
  device: text,
  remoteAddress: text,
});
const requestId = fc.stringMatching(/^[A-Za-z0-9_-]{16}$/u);
/** What is left out where there is nothing to say. */
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const decision = fc.record({
  type: fc.constant('decision' as const),
  requestId,
  timeMs: fc.nat(),
  caller,
  api: text,
  method: text,
  path: text,
  effect: fc.constantFrom('allow' as const, 'deny' as const),
  rule: fc.option(text),
  reason: text,
  policyRevision: text,
  userAgent: optional(text),
  grant: optional(text),
  code: optional(text),
  query: optional(
    fc.dictionary(fc.string({ maxLength: 9 }), fc.array(text, { maxLength: 3 }), { noNullPrototype: true, maxKeys: 3 }),
  ),
});
const outcome = fc.record({
  type: fc.constant('outcome' as const),
  requestId,
  timeMs: fc.nat(),
  outcome: fc.constantFrom('completed' as const, 'aborted' as const, 'unknown' as const),
  status: fc.option(fc.nat(599)),
  durationMs: fc.nat(),
  requestBytes: fc.nat(),
  responseBytes: fc.nat(),
  detail: fc.option(text),
  code: optional(text),
});
const session = fc.record({
  type: fc.constant('session' as const),
  timeMs: fc.nat(),
  event: fc.constantFrom(
    'opened',
    'renewed',
    'closed',
    'signed-out',
    'renamed',
    'console-signed-in',
    'console-signed-out',
  ),
  caller,
  detail: text,
});

test('a record’s line is the JSON of that record, in ASCII without line breaks', () => {
  fc.assert(
    fc.property(fc.oneof(decision, outcome, session), (record: AuditRecord) => {
      const line = auditLine(record);
      expect(line).toMatch(/^[ -~]*$/u);
      expect(JSON.stringify(JSON.parse(line))).toBe(JSON.stringify(record));
    }),
    {
      numRuns: 2000,
      // What random texts hold seldom: DEL, C1, line separators, half a surrogate pair.
      examples: ['\u007f', '\u0085', '\u2028\u2029', '\ud800', '"\\\n'].map(oddSession),
    },
  );
});

function oddSession(odd: string): [AuditRecord] {
  const caller = {
    issuer: odd,
    subject: odd,
    username: odd,
    groups: [odd],
    sessionId: 'id',
    device: odd,
    remoteAddress: odd,
  };
  return [{ type: 'session', timeMs: 1, event: 'opened', caller, detail: odd }];
}
