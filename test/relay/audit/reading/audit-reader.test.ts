import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditFiles } from '../../../../relay/audit/audit-files.ts';
import type { AuditRecord } from '../../../../relay/audit/audit-record.ts';
import { type AuditEntry, type AuditFilters, type AuditOutcome } from '../../../../relay/audit/reading/audit-query.ts';
import { openIndex } from '../../../../relay/audit/reading/audit-index.ts';
import { createRevealer } from '../../../../relay/audit/keys/revealer.ts';
import { openAuditReader } from '../../../../relay/audit/reading/audit-reader.ts';
import { openForReading } from '../../../../relay/audit/open-audit.ts';
import { fillAudit, filledFromMs, madeUpRecords, requestIdOf } from '../../../support/fill-audit.ts';
import { useTemporaryFolder } from './temporary-folders.ts';

const count = 132_000;
const folder = useTemporaryFolder();
const records: AuditRecord[] = [];
const outcomes = new Map<string, AuditOutcome>();

beforeAll(() => {
  fillAudit(folder.path, count);
  for (const record of madeUpRecords(count)) {
    records.push(record);
    if (record.type === 'outcome') outcomes.set(record.requestId, record);
  }
}, 60_000);

const read = (filters: AuditFilters, cursor?: number): readonly AuditEntry[] => {
  const reader = openAuditReader(folder.path);
  try {
    return [...reader.newestFirst(filters, cursor)];
  } finally {
    reader.close();
  }
};

/** What matches, found by looking at every record. */
function expected(isIt: (record: AuditRecord, outcome: AuditOutcome | null) => boolean): readonly number[] {
  const found: number[] = [];
  for (const [index, record] of records.entries()) {
    if (record.type === 'outcome') continue;
    const outcome = record.type === 'decision' ? (outcomes.get(record.requestId) ?? null) : null;
    if (isIt(record, outcome)) found.push(index + 1);
  }
  return found.toReversed();
}

type Decision = Extract<AuditRecord, { type: 'decision' }>;
const ofDecision =
  (isIt: (decision: Decision, outcome: AuditOutcome | null) => boolean) =>
  (record: AuditRecord, outcome: AuditOutcome | null): boolean =>
    record.type === 'decision' && isIt(record, outcome);
const callerOf = (record: AuditRecord) =>
  record.type === 'decision' || record.type === 'session' ? record.caller : null;

const questions: readonly (readonly [AuditFilters, Parameters<typeof expected>[0]])[] = [
  [{ sinceMs: filledFromMs + count - 5000 }, ({ timeMs }) => timeMs >= filledFromMs + count - 5000],
  [
    { user: 'person-7' },
    (record) =>
      callerOf(record)?.username === 'person-7' ||
      (record.type === 'access' && record.requester.username === 'person-7'),
  ],
  [
    { group: 'team-3', effect: 'deny' },
    ofDecision((one) => one.caller.groups.includes('team-3') && one.effect === 'deny'),
  ],
  [{ api: 'payroll', method: 'POST' }, ofDecision((one) => one.api === 'payroll' && one.method === 'POST')],
  [{ path: '/v1/orders/17' }, ofDecision((one) => one.path === '/v1/orders/17')],
  [{ path: '/v1/wiki', rule: 'staff-write' }, ofDecision((one) => one.api === 'wiki' && one.rule === 'staff-write')],
  [
    { path: '/v1/orders/', user: 'person-3' },
    ofDecision((one) => one.api === 'orders' && one.caller.username === 'person-3'),
  ],
  [{ path: '/v1/order' }, () => false],
  [{ path: '/', user: 'person-3' }, ofDecision((one) => one.caller.username === 'person-3')],
  [{ status: '502' }, ofDecision((_, outcome) => outcome?.status === 502)],
  [{ status: '4xx', api: 'search' }, ofDecision((one, outcome) => one.api === 'search' && outcome?.status === 404)],
  [{ code: 'token-expired' }, (record) => record.type === 'authentication-refused'],
  [{ session: 'session-5' }, (record) => callerOf(record)?.sessionId === 'session-5'],
  [
    { device: 'laptop-9', status: '404' },
    ofDecision((one, end) => one.caller.device === 'laptop-9' && end?.status === 404),
  ],
  [
    { address: '10.0.0.4' },
    (record) =>
      callerOf(record)?.remoteAddress === '10.0.0.4' ||
      (record.type === 'authentication-refused' && record.remoteAddress === '10.0.0.4'),
  ],
  [
    { grant: 'g-person-1' },
    (record) =>
      (record.type === 'access' && record.grant === 'g-person-1') ||
      (record.type === 'decision' && record.rule === 'grant:g-person-1'),
  ],
  [{ type: 'access' }, (record) => record.type === 'access'],
  [{ request: requestIdOf(5) }, ofDecision((one) => one.requestId === requestIdOf(5))],
  [
    { sinceMs: filledFromMs + 70_000, untilMs: filledFromMs + 70_100 },
    ({ timeMs }) => timeMs >= filledFromMs + 70_000 && timeMs < filledFromMs + 70_100,
  ],
  [{ sinceMs: filledFromMs + count + 1 }, () => false],
];

describe('reading the audit through its index', () => {
  it.each(questions)('finds for %j what looking at every record finds', (filters, isIt) => {
    expect(read(filters).map(({ seq }) => seq)).toEqual(expected(isIt));
  });

  it('finds each outcome, also one that came 50,000 records later', () => {
    let late = 0;
    for (const { seq, record, outcome } of read({ api: 'orders' })) {
      if (record.type !== 'decision') continue;
      expect(outcome).toEqual(outcomes.get(record.requestId) ?? null);
      if (outcome !== null && outcome.timeMs - record.timeMs > 40_000) late += 1;
      expect(seq).toBe(record.timeMs - filledFromMs);
    }
    expect(late).toBeGreaterThan(5);
  });

  it('goes on behind a cursor, and gives in order what it gives backwards', () => {
    const all = read({ group: 'team-3' });
    expect(read({ group: 'team-3' }, all[9]?.seq)).toEqual(all.slice(10));
    const reader = openAuditReader(folder.path);
    const inOrder = [...reader.inOrder({ group: 'team-3' })];
    const behind = [...reader.inOrder({}, count - 20)];
    reader.close();
    expect(inOrder.toReversed()).toEqual(
      all.map(({ seq, record, outcome }) => ({
        seq,
        record: JSON.stringify(record),
        outcome: outcome === null ? null : JSON.stringify(outcome),
      })),
    );
    expect(behind.every(({ seq }) => seq > count - 20)).toBe(true);
    expect(behind.at(-1)?.seq).toBe(read({})[0]?.seq);
  });

  it('answers the same without its files, with damaged ones, and with those of another audit', () => {
    const { index } = auditFiles(folder.path);
    const wanted = read({ user: 'person-7' });
    const [first = '', second = '', third = '', fourth = ''] = readdirSync(index).toSorted();
    expect(fourth).not.toBe('');
    rmSync(join(index, first));
    writeFileSync(join(index, second), '{"version":1}\n');
    copyFileSync(join(index, third), join(index, fourth));
    expect(read({ user: 'person-7' })).toEqual(wanted);
    const database = openForReading(folder.path);
    expect(openIndex(folder.path, database, createRevealer(auditFiles(folder.path).keys)).nextMissing()).toBeNull();
    database.close();
    expect(existsSync(join(index, first))).toBe(true);
  });
});
