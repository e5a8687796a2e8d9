import { expect, it } from 'vitest';
import type { AuditLog, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { recordEvent } from '../../../relay/audit/record-event.ts';
import { collectingLog } from '../identity/test-issuer.ts';

/** What is appended and what is logged, when the audit answers with this. */
function recorded(answer: Error | null, ...rest: [config?: Parameters<typeof recordEvent>[4]]) {
  const records: AuditRecord[] = [];
  const append: AuditLog['append'] = (record, done) => {
    records.push(record);
    done(answer);
  };
  const { log, lines } = collectingLog();
  recordEvent({ append } as AuditLog, log, 'started', 'Version 1.', ...rest);
  return { records, lines };
}

it('an event that can’t be recorded is logged', () => {
  const { lines } = recorded(new Error('disk full'));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 50,
    event: 'started',
    err: { message: 'disk full' },
    msg: 'a relay event could not be recorded',
  });
});

it('an event is recorded with its config where there is one', () => {
  const plain = recorded(null);
  const record = { type: 'relay', timeMs: expect.any(Number), event: 'started', detail: 'Version 1.' };
  expect(plain).toEqual({ records: [record], lines: [] });
  expect(plain.records[0]).not.toHaveProperty('config');
  const config = { revision: 'r1' } as unknown as Parameters<typeof recordEvent>[4];
  expect(recorded(null, config).records).toEqual([{ ...record, config }]);
});
