import { describe, expect, it } from 'vitest';
import type { Config } from '../../../relay/config/config-schema.ts';
import type { AccessRequest } from '../../../relay/grants/grant.ts';
import type { ChangeKind } from '../../../relay/what-if/what-if.ts';
import { beginMs, configOf, decided, type DecisionRecord, hourMs, issuer, whatIfOf } from './what-if-fixture.ts';

const staff = { name: 'staff', groups: ['staff'] };
const noRule = { effect: 'deny', rule: null, code: 'policy-denied' } as const;

describe('one request, decided by other rules', () => {
  const sales = { claims: { department: ['sales'] } };
  it.each<[string, Config, Config, DecisionRecord, ChangeKind | null, string | null]>([
    ['is lost with its rule', configOf([staff]), configOf([]), decided(), 'lost', null],
    ['is lost with its API', configOf([staff]), configOf([], { id: 'other' }), decided(), 'lost', null],
    [
      'is lost to a deny rule',
      configOf([staff]),
      configOf([staff, { name: 'shut', effect: 'deny', paths: ['/v1/**'] }]),
      decided(),
      'lost',
      'shut',
    ],
    ['is gained by a new rule', configOf([]), configOf([staff]), decided(noRule), 'gained', 'staff'],
    [
      'is gained with a new API',
      configOf([], { id: 'other' }),
      configOf([staff]),
      decided({ ...noRule, code: 'unknown-api' }),
      'gained',
      'staff',
    ],
    [
      'stays where another rule takes over',
      configOf([staff]),
      configOf([{ ...staff, name: 'new' }]),
      decided(),
      null,
      null,
    ],
    [
      'stays where rules of another path differ',
      configOf([staff]),
      configOf([staff, { name: 'x', effect: 'deny', paths: ['/v2'] }]),
      decided(),
      null,
      null,
    ],
    [
      'of an hour is decided by that hour',
      configOf([staff]),
      configOf([{ ...staff, times: [{ from: '00:00', to: '02:00' }] }]),
      decided(),
      null,
      null,
    ],
    [
      'of another hour is lost',
      configOf([staff]),
      configOf([{ ...staff, times: [{ from: '09:00', to: '17:00' }] }]),
      decided(),
      'lost',
      null,
    ],
    [
      'of a network stays',
      configOf([staff]),
      configOf([{ ...staff, networks: ['192.0.2.0/24'] }]),
      decided(),
      null,
      null,
    ],
    [
      'of another network is lost',
      configOf([staff]),
      configOf([{ ...staff, networks: ['10.0.0.0/8'] }]),
      decided(),
      'lost',
      null,
    ],
    [
      'whose claim isn’t known is uncertain',
      configOf([staff]),
      configOf([{ ...staff, ...sales }]),
      decided(),
      'uncertain',
      'staff',
    ],
    [
      'whose claim was met before stays',
      configOf([{ ...staff, ...sales }]),
      configOf([{ ...staff, name: 'new', ...sales }]),
      decided(),
      null,
      null,
    ],
    [
      'whose claim was met before is lost with other conditions that aren’t met',
      configOf([{ ...staff, kind: 'person' }]),
      configOf([{ ...staff, kind: 'service' }]),
      decided(),
      'lost',
      null,
    ],
    [
      'that missed a claim gains nothing by the same claim elsewhere',
      configOf([{ ...staff, ...sales }]),
      configOf([
        { ...staff, ...sales },
        { name: 'other', ...sales },
      ]),
      decided(noRule),
      null,
      null,
    ],
    [
      'that missed a claim is gained without it',
      configOf([{ ...staff, ...sales }]),
      configOf([staff]),
      decided(noRule),
      'gained',
      'staff',
    ],
    [
      'that lacked a fresh sign-in is gained without that demand',
      configOf([{ ...staff, max_auth_age: 60 }]),
      configOf([staff]),
      decided({ effect: 'deny', rule: 'staff', code: 'step-up-required' }),
      'gained',
      'staff',
    ],
    [
      'that had a fresh sign-in keeps a weaker demand',
      configOf([{ ...staff, max_auth_age: 60 }]),
      configOf([{ ...staff, max_auth_age: 600 }]),
      decided(),
      null,
      null,
    ],
    [
      'that had a fresh sign-in may lack a stronger demand',
      configOf([{ ...staff, max_auth_age: 600 }]),
      configOf([{ ...staff, max_auth_age: 60 }]),
      decided(),
      'uncertain',
      'staff',
    ],
  ])('%s', async (_what, inForce, proposed, record, change, rule) => {
    const { changes, totals } = await whatIfOf(inForce, proposed, [record]);
    expect(changes.map((row) => [row.change, row.proposed.rule])).toEqual(change === null ? [] : [[change, rule]]);
    for (const kind of ['lost', 'gained', 'uncertain'] as const)
      expect(totals[kind]).toEqual(kind === change ? { requests: 1, people: 1 } : { requests: 0, people: 0 });
  });
});

describe('a row', () => {
  it('has who, what, how often, from when to when, and which rules', async () => {
    const records = [1, 3, 2].map((hour) => decided({ timeMs: beginMs + hour * hourMs, path: `/v1/orders/${hour}` }));
    const inOrder = records.toSorted((one, other) => one.timeMs - other.timeMs);
    const { changes, groups, changedApis } = await whatIfOf(configOf([staff]), configOf([]), inOrder);
    expect(changes).toMatchObject([
      {
        change: 'lost',
        person: { issuer, subject: 'sub-alice', username: 'alice' },
        groups: ['staff'],
        method: 'GET',
        api: 'orders',
        path: '/*/orders/*',
        examplePath: '/v1/orders/3',
        requests: 3,
        firstAtMs: beginMs + hourMs,
        lastAtMs: beginMs + 3 * hourMs,
        recorded: { effect: 'allow', rule: 'staff' },
        inForce: { effect: 'allow', rule: 'staff' },
        proposed: { effect: 'deny', rule: null, dependsOn: [] },
      },
    ]);
    expect(groups).toEqual([{ group: 'staff', change: 'lost', people: 1, requests: 3 }]);
    expect(changedApis).toEqual(['orders']);
  });

  it('tells what the config in force says of what an older one decided', async () => {
    const record = decided({ ...noRule, policyRevision: 'older' });
    const { changes, scope } = await whatIfOf(configOf([staff]), configOf([]), [record]);
    expect(changes).toMatchObject([
      { recorded: { effect: 'deny' }, inForce: { effect: 'allow' }, proposed: { effect: 'deny' } },
    ]);
    expect(scope.notes).toEqual([]);
  });

  it('names what it depends on where no record tells', async () => {
    const { changes } = await whatIfOf(
      configOf([staff]),
      configOf([{ ...staff, claims: { department: ['sales'] }, acr: ['phr'] }]),
      [decided()],
    );
    expect(changes[0]?.proposed).toMatchObject({
      effect: 'unknown',
      dependsOn: ['a token whose claim department is sales', 'a sign-in of the kind phr'],
    });
  });
});

describe('grants', () => {
  const offer = { access_requests: { roles: ['payer'], approvers: ['boss'], max_hours: 8 } };
  const payer = { name: 'payers', groups: ['payer'] };
  const grant: AccessRequest = {
    id: 'g1',
    requester: { issuer, subject: 'sub-alice', username: 'alice' },
    api: 'orders',
    role: 'payer',
    reason: '',
    hours: 8,
    requestedAtMs: beginMs,
    status: 'expired',
    decidedBy: 'bob',
    decidedAtMs: beginMs,
    expiresAtMs: beginMs + 2 * hourMs,
  };
  const byGrant = decided({ rule: 'grant:g1', grant: 'g1' });
  it.each<[string, Config, DecisionRecord, readonly AccessRequest[], ChangeKind | null]>([
    ['count as they did then', configOf([payer, staff], offer), byGrant, [grant], null],
    ['count for rules that are proposed', configOf([payer], offer), byGrant, [grant], null],
    ['are lost where the role is no longer offered', configOf([payer]), byGrant, [grant], 'lost'],
    ['are lost where no rule names the role', configOf([], offer), byGrant, [grant], 'lost'],
    ['that are forgotten change nothing where no rule changes', configOf([payer], offer), byGrant, [], null],
    ['that are forgotten make uncertain what depended on them', configOf([], offer), byGrant, [], 'uncertain'],
  ])('%s', async (_what, proposed, record, grants, change) => {
    const inForce = configOf([payer], offer);
    const { changes } = await whatIfOf(inForce, proposed, [record], { grants });
    expect(changes.map((row) => row.change)).toEqual(change === null ? [] : [change]);
  });
});

describe('what was looked at', () => {
  it('leaves out what rules didn’t decide, and says so', async () => {
    const denied = (code: string, rule: string | null = null): DecisionRecord =>
      decided({ effect: 'deny', rule, code });
    const records = [denied('locked', 'lock:l1'), denied('rate-limited', 'limit'), denied('path-not-canonical')];
    const { scope, changes } = await whatIfOf(configOf([]), configOf([staff]), records);
    expect(changes).toEqual([]);
    expect(scope.leftOut).toEqual({ locked: 1, 'rate-limited': 1, 'path-not-canonical': 1 });
  });

  it.each([
    ['nothing but the days that were asked for', {}, [-2, 1, 2], null, 2],
    ['as many records as it may', { mostRecords: 1 }, [1, 2], 'records', 1],
    ['as long as it may', { deadlineMs: -1 }, [1, 2], 'time', 2],
    ['back to where the audit begins', {}, [1, 2], 'audit-begins', 2],
  ] as const)('is %s', async (_what, bounds, hours, stoppedBy, decisions) => {
    const records = hours.map((hour) => decided({ timeMs: beginMs + hour * hourMs }));
    const { scope } = await whatIfOf(configOf([staff]), configOf([]), records, bounds);
    expect(scope).toMatchObject({ stoppedBy, decisions });
  });

  it('says what has no room, and what can’t be replayed', async () => {
    const records = ['GET', 'PUT', 'POST'].map((method) => decided({ method }));
    const limits = { tiers: [{ name: 'all', groups: ['*'] }] };
    const found = await whatIfOf(configOf([staff]), configOf([], {}, limits), records, { mostRows: 1, grants: null });
    expect(found.changes).toHaveLength(1);
    expect(found.scope.withoutRow).toBe(2);
    expect(found.totals.lost.requests).toBe(3);
    expect(found.scope.notes).toEqual([
      'Limits and quotas differ; requests are not counted anew.',
      'Grants can’t be read from here: those who had one are uncertain.',
    ]);
  });
});
