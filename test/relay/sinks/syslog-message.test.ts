import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { syslogFrame, syslogMessage } from '../../../relay/sinks/syslog-message.ts';
import { alice, decision, outcome } from '../audit/audit-fixtures.ts';
import { readSyslogMessage } from './read-syslog.ts';

const header = { log: '0a1b2c3d', facility: 13, enterpriseNumber: 32_473, maxMessageBytes: 8192 };
const messageOf = (record: AuditRecord, maxMessageBytes = 8192): string =>
  syslogMessage({ seq: 7, payload: JSON.stringify(record) }, { ...header, maxMessageBytes });

describe('records as syslog messages', () => {
  it('hold the record whole, and in structured data what is searched for', () => {
    const record = decision('r1');
    const { priority, time, application, id, name, data, text } = readSyslogMessage(messageOf(record));
    expect({ priority, time, application, id, name }).toEqual({
      priority: 13 * 8 + 6,
      time: '2027-01-15T08:00:00.000Z',
      application: 'causeway-relay',
      id: 'decision',
      name: 'causeway@32473',
    });
    expect(data).toEqual({
      log: '0a1b2c3d',
      seq: '7',
      requestId: 'r1',
      user: 'alice',
      remoteAddress: '127.0.0.1',
      api: 'orders',
      method: 'GET',
      path: '/v1/orders',
      effect: 'allow',
      rule: 'developers-read',
    });
    expect(JSON.parse(text)).toEqual({ log: '0a1b2c3d', seq: 7, record });
  });

  it.each([
    ['a denial', decision('r', { effect: 'deny' }), 5],
    ['an outcome', outcome('r'), 6],
    [
      'a refused sign-in',
      { type: 'authentication-refused', timeMs: 1, remoteAddress: '::1', code: 'token', detail: '', claimed: null },
      4,
    ],
    ['a gap in the audit', { type: 'relay', timeMs: 1, event: 'audit-recovered', detail: '' }, 3],
    ['a refused policy', { type: 'relay', timeMs: 1, event: 'policy-refused', detail: '' }, 3],
  ] satisfies [string, AuditRecord, number][])('have a severity: %s', (_, record, severity) => {
    expect(readSyslogMessage(messageOf(record)).priority % 8).toBe(severity);
  });

  it('stay within the size that the receiver takes, and say that they were shortened', () => {
    const groups = Array.from({ length: 5000 }, (_, index) => `group-${index}`);
    const long = decision('r1', { path: `/${'a"]\\'.repeat(20_000)}`, caller: { ...alice, groups } });
    const message = messageOf(long, 2048);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(2048);
    const { data, text } = readSyslogMessage(message);
    expect(data).toMatchObject({ seq: '7' });
    expect(JSON.parse(text)).toMatchObject({ seq: 7, shortened: true, record: { type: 'decision', requestId: 'r1' } });
  });

  it('can be read back whatever callers make up, on one line each', () => {
    const made = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(made, made, made, (path, username, reason) => {
        const record = decision('r1', { path, reason, caller: { ...alice, username } });
        const message = messageOf(JSON.parse(JSON.stringify(record)) as AuditRecord, 100_000);
        expect(message.split(' ', 7).join(' ')).not.toMatch(/\p{Cc}/u);
        expect(message.slice(0, message.indexOf('] {'))).not.toMatch(/\p{Cc}|[\u2028\u2029]/u);
        expect(JSON.parse(readSyslogMessage(message).text)).toMatchObject({ record: { path, reason } });
      }),
    );
  });

  it('are counted in octets', () => {
    expect(syslogFrame('é')).toBe('2 é');
  });
});
