import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../../relay/audit/audit-record.ts';
import { type AuditFilters, matches, termsOfFilters } from '../../../../relay/audit/reading/audit-query.ts';
import { beginningsOf, isBelow, termsOf, termsOfOutcome } from '../../../../relay/audit/reading/record-terms.ts';

type Decision = Extract<AuditRecord, { type: 'decision' }>;
type Outcome = Extract<AuditRecord, { type: 'outcome' }>;

const decision: Decision = {
  type: 'decision',
  requestId: 'r-1',
  timeMs: 1000,
  caller: {
    issuer: 'https://sso.example',
    subject: 's-1',
    username: 'alice',
    groups: ['dev', 'ops'],
    sessionId: 'z-1',
    device: 'd-1',
    remoteAddress: '192.0.2.1',
  },
  api: 'orders',
  method: 'GET',
  path: '/v1/orders/17',
  effect: 'deny',
  rule: 'no-orders',
  reason: 'x',
  policyRevision: 'p',
  code: 'denied',
};
const outcome: Outcome = {
  type: 'outcome',
  requestId: 'r-1',
  timeMs: 2000,
  outcome: 'completed',
  status: 404,
  durationMs: 1,
  requestBytes: 0,
  responseBytes: 0,
  detail: null,
  code: 'upstream-refused',
};

function found(record: object): string[] {
  const terms: string[] = [];
  termsOf(record as AuditRecord, (field, value) => terms.push(`${field} ${value}`));
  return terms;
}

describe('a record is found', () => {
  it('by all that a decision says of who asked for what', () => {
    expect(found(decision).toSorted()).toEqual(
      [
        'type decision',
        'request r-1',
        'group dev',
        'group ops',
        'session z-1',
        'device d-1',
        'address 192.0.2.1',
        'user alice',
        'user s-1',
        'api orders',
        'method GET',
        'effect deny',
        'rule no-orders',
        'code denied',
        'path /v1',
        'path /v1/orders',
        'path /v1/orders/17',
      ].toSorted(),
    );
  });

  it('by the name of its device alone, too', () => {
    const named = { ...decision, caller: { ...decision.caller, device: 'LAPTOP-7, spare, linux' } };
    expect(found(named).filter((term) => term.startsWith('device'))).toEqual([
      'device LAPTOP-7, spare, linux',
      'device LAPTOP-7, spare',
    ]);
  });

  it.each<[record: object, terms: string[]]>([
    [{ type: 'a' }, ['type a']],
    [{ type: 'a', requestId: '', api: null, rule: null, code: undefined, grant: '' }, ['type a']],
    [{ type: 'a', requester: { subject: 's', username: 'u' } }, ['type a', 'user u', 'user s']],
    [{ type: 'a', claimed: { issuer: 'i', subject: 's' } }, ['type a', 'user s']],
    [{ type: 'a', claimed: null, person: null }, ['type a']],
    [{ type: 'a', person: { subject: 's', username: 's' } }, ['type a', 'user s']],
    [{ type: 'a', by: 'ops' }, ['type a', 'user ops']],
    [{ type: 'a', by: 'dana (admin API)' }, ['type a', 'user dana (admin API)', 'user dana']],
    [{ type: 'a', operator: 'job (service, admin API)' }, ['type a', 'user job (service, admin API)', 'user job']],
    [
      { type: 'a', operator: { user: 'dana (admin API)', sudoUser: null } },
      ['type a', 'user dana (admin API)', 'user dana'],
    ],
    [{ type: 'a', operator: 'root' }, ['type a', 'user root']],
    [{ type: 'a', operator: { user: 'root', sudoUser: 'bob' } }, ['type a', 'user root', 'user bob']],
    [{ type: 'a', operator: { user: 'root', sudoUser: null } }, ['type a', 'user root']],
    [{ type: 'a', remoteAddress: '192.0.2.9' }, ['type a', 'address 192.0.2.9']],
    [{ type: 'a', grant: 'g-1' }, ['type a', 'grant g-1']],
    [{ type: 'a', rule: 'grant:g-2' }, ['type a', 'rule grant:g-2', 'grant g-2']],
    [{ type: 'a', rule: 'my-grant:g-2' }, ['type a', 'rule my-grant:g-2']],
  ])('%j by %j', (record, terms) => {
    expect(found(record)).toEqual(terms);
  });

  it.each<[more: Partial<Outcome>, terms: string[]]>([
    [{}, ['code upstream-refused', 'status 404', 'status 4xx']],
    [{ code: undefined, status: 200 }, ['status 200', 'status 2xx']],
    [{ code: undefined, status: 599 }, ['status 599', 'status 5xx']],
    [{ code: undefined, status: null }, []],
    [{ status: null }, ['code upstream-refused']],
  ])('by how it ended: %j', (more, terms) => {
    const taken: string[] = [];
    termsOfOutcome({ ...outcome, ...more }, (field, value) => taken.push(`${field} ${value}`));
    expect(taken).toEqual(terms);
  });
});

it.each<[path: string, beginnings: string[]]>([
  ['/', []],
  ['/a', ['/a']],
  ['/a/', ['/a']],
  ['/a/b', ['/a', '/a/b']],
  ['//a//b', ['/', '//a', '//a/', '//a//b']],
  ['/a/b/c/d', ['/a', '/a/b', '/a/b/c', '/a/b/c/d']],
  ['/a/b/c/d/', ['/a', '/a/b', '/a/b/c', '/a/b/c/d']],
  ['/a/b/c/d/e', ['/a', '/a/b', '/a/b/c', '/a/b/c/d']],
  ['/a/b/c/d/e/f', ['/a', '/a/b', '/a/b/c', '/a/b/c/d']],
])('%s begins with %j', (path, beginnings) => {
  expect(beginningsOf(path)).toEqual(beginnings);
});

it.each<[path: string, prefix: string, below: boolean]>([
  ['/a/b', '/a', true],
  ['/a', '/a', true],
  ['/a/b', '/a/', true],
  ['/a/', '/a/', true],
  ['/a/b', '/', true],
  ['/ab', '/a', false],
  ['/a', '/a/', false],
  ['/b', '/a', false],
  ['/b/a', '/a', false],
])('%s is below %s: %s', (path, prefix, below) => {
  expect(isBelow(path, prefix)).toBe(below);
});

describe('filters', () => {
  it('are looked up by what they name, apart from times and the root', () => {
    expect(termsOfFilters({ user: 'alice', effect: 'deny', path: '/a', sinceMs: 1, untilMs: 2 })).toEqual([
      ['user', 'alice'],
      ['path', '/a'],
      ['effect', 'deny'],
    ]);
    expect(termsOfFilters({ path: '/' })).toEqual([]);
    expect(termsOfFilters({})).toEqual([]);
  });

  it.each<[filters: AuditFilters]>([
    [{}],
    [{ sinceMs: 1000 }],
    [{ untilMs: 1001 }],
    [{ user: 'alice' }],
    [{ user: 's-1' }],
    [{ user: 'alice', group: 'ops', api: 'orders', method: 'GET', effect: 'deny', rule: 'no-orders' }],
    [{ code: 'denied' }],
    [{ code: 'upstream-refused' }],
    [{ status: '404' }],
    [{ status: '4xx' }],
    [{ path: '/' }],
    [{ path: '/v1' }],
    [{ path: '/v1/orders/' }],
    [{ path: '/v1/orders/17' }],
    [{ type: 'decision', request: 'r-1', session: 'z-1', device: 'd-1', address: '192.0.2.1' }],
  ])('fit a decision with its outcome: %j', (filters) => {
    expect(matches(filters, decision, outcome)).toBe(true);
  });

  it.each<[filters: AuditFilters]>([
    [{ sinceMs: 1001 }],
    [{ untilMs: 1000 }],
    [{ user: 'bob' }],
    [{ user: 'alice', group: 'sre' }],
    [{ user: 'bob', group: 'dev' }],
    [{ effect: 'allow' }],
    [{ status: '404', code: 'other' }],
    [{ status: '5xx' }],
    [{ path: '/v1/order' }],
    [{ path: '/v1/orders/17/' }],
    [{ path: '/v1', user: 'bob' }],
    [{ grant: 'g' }],
    [{ type: 'outcome' }],
  ])('don’t fit it: %j', (filters) => {
    expect(matches(filters, decision, outcome)).toBe(false);
  });

  it('fit nothing of an outcome that isn’t known', () => {
    expect(matches({ status: '404' }, decision, null)).toBe(false);
    expect(matches({ code: 'upstream-refused' }, decision, null)).toBe(false);
    expect(matches({ code: 'denied' }, decision, null)).toBe(true);
  });

  it('for a path fit only what has one', () => {
    const refused = { type: 'authentication-refused', timeMs: 1, remoteAddress: 'a', code: 'c', detail: 'd' };
    expect(matches({ path: '/' }, refused as never, null)).toBe(false);
    expect(matches({ path: '/v1' }, refused as never, null)).toBe(false);
    expect(matches({ address: 'a' }, refused as never, null)).toBe(true);
  });

  it('for a deep path fit what is deeper than the index knows', () => {
    const deep = { ...decision, path: '/a/b/c/d/e/f' };
    expect(matches({ path: '/a/b/c/d/e' }, deep, null)).toBe(true);
    expect(matches({ path: '/a/b/c/d/x' }, deep, null)).toBe(false);
  });
});
