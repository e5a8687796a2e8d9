import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import { apis, person, policyOf, type RuleInput } from './policy-fixture.ts';

const rules: RuleInput[] = [
  { name: 'developers-read', groups: ['developers'], methods: ['GET'], paths: ['/v1/**'] },
  { name: 'orders-admins-refund', groups: ['orders-admins'], paths: ['/v1/refunds/**'] },
  { name: 'kept', effect: 'deny', methods: ['DELETE'], paths: ['/v1/orders/**'] },
  { name: 'no-contractors', effect: 'deny', groups: ['contractors'], paths: ['/v1/costs/**'] },
];
const policy = policyOf(rules);
const ask = (groups: string[], method: string, path: string) =>
  policy.decide(person(...groups), { api: 'orders', method, path });

describe('decide', () => {
  it('denies an API that doesn’t exist', () => {
    expect(policy.decide(person('developers'), { api: 'nope', method: 'GET', path: '/' })).toEqual({
      effect: 'deny',
      reasons: expect.anything(),
      rule: null,
      reason: 'There is no API “nope” for your groups.',
      unlockedBy: [],
    });
  });

  it('denies what no rule allows, and names the group that would unlock it', () => {
    expect(ask(['developers'], 'POST', '/v1/refunds')).toEqual({
      effect: 'deny',
      reasons: expect.anything(),
      rule: null,
      reason: 'No rule allows POST /v1/refunds for your groups. The group orders-admins would unlock it.',
      unlockedBy: ['orders-admins'],
    });
  });

  it('says so when nothing would unlock it, and when the sign-in carries no groups', () => {
    expect(ask(['developers'], 'PUT', '/v2')).toMatchObject({
      reason: 'No rule allows PUT /v2 for your groups. No group would unlock it.',
    });
    expect(ask([], 'GET', '/v1/orders')).toMatchObject({
      reason:
        'Your sign-in carries no groups, and no rule allows GET /v1/orders for everybody. The group developers would unlock it.',
    });
  });

  it('lets a deny rule win, names it, and promises no way around it', () => {
    expect(ask(['contractors', 'developers'], 'GET', '/v1/costs/1')).toEqual({
      effect: 'deny',
      reasons: expect.anything(),
      rule: 'no-contractors',
      reason:
        'Rule “no-contractors” denies every method under /v1/costs for the group contractors. A deny rule wins over every allow rule.',
      unlockedBy: [],
    });
    expect(ask(['orders-admins'], 'DELETE', '/v1/orders/1')).toMatchObject({ effect: 'deny', rule: 'kept' });
  });

  it('allows by the first rule in the file that holds, and says for which group', () => {
    expect(ask(['sre', 'developers'], 'GET', '/v1/orders')).toEqual({
      effect: 'allow',
      reasons: expect.anything(),
      rule: 'developers-read',
      reason: 'Rule “developers-read” allows GET and HEAD under /v1 for the group developers.',
    });
  });

  it('takes groups exactly, and a group called “*” for nothing special', () => {
    for (const group of ['Developers', 'developers ', 'developer', '*']) {
      expect(ask([group], 'GET', '/v1/orders').effect).toBe('deny');
    }
  });

  it('reads omitted groups and "*" as everybody signed in, an empty list as nobody', () => {
    const decideWith = (groups: string[] | undefined) =>
      policyOf([{ name: 'r', groups }]).decide(person(), { api: 'orders', method: 'GET', path: '/' });
    expect(decideWith(undefined)).toMatchObject({
      effect: 'allow',
      reason: 'Rule “r” allows every method on every path for everybody signed in.',
    });
    expect(decideWith(['*']).effect).toBe('allow');
    expect(decideWith([])).toMatchObject({ effect: 'deny', unlockedBy: [] });
  });

  it('never lets CONNECT, TRACE or a method in lower case pass', () => {
    const open = policyOf([{ name: 'all' }, { name: 'no-get', effect: 'deny', methods: ['GET'], paths: ['/x'] }]);
    const decide = (method: string, path: string) => open.decide(person(), { api: 'orders', method, path }).effect;
    expect(decide('CONNECT', '/')).toBe('deny');
    expect(decide('TRACE', '/')).toBe('deny');
    expect(decide('get', '/x')).toBe('deny');
    expect(policy.decide(person('developers'), { api: 'orders', method: 'get', path: '/v1/a' }).effect).toBe('deny');
  });

  it('holds a deny rule for every spelling that a lenient server could take for its path', () => {
    const guarded = policyOf([{ name: 'all' }, { name: 'no', effect: 'deny', paths: ['/admin/**'] }], {
      allow_encoded_slash: true,
    });
    for (const path of [
      '/ADMIN',
      '/admin/',
      '/admin.',
      '/Admin.%20.',
      '/admin%20/x',
      '/admin%2Fx',
      '/admin%3Fx',
      '/admin%23',
      '/%EF%BD%81dmin',
      '/ad%C2%ADmin',
      '/adm%E2%80%8Bin/x',
    ]) {
      expect(guarded.decide(person(), { api: 'orders', method: 'GET', path }), path).toMatchObject({ rule: 'no' });
    }
    expect(guarded.decide(person(), { api: 'orders', method: 'GET', path: '/administration' }).effect).toBe('allow');
  });

  it('holds an allow rule for its case only, unless the API’s paths are case-insensitive', () => {
    const allowOrders: RuleInput[] = [{ name: 'r', paths: ['/v1/Orders'] }];
    const verdict = (insensitive: boolean, path: string) =>
      policyOf(allowOrders, { case_insensitive_paths: insensitive }).decide(person(), {
        api: 'orders',
        method: 'GET',
        path,
      }).effect;
    expect(verdict(false, '/v1/orders')).toBe('deny');
    expect(verdict(false, '/v1/Orders')).toBe('allow');
    expect(verdict(false, '/v1/Orders/')).toBe('allow');
    expect(verdict(false, '/v1/Orders.')).toBe('deny');
    expect(verdict(true, '/V1/ORDERS')).toBe('allow');
  });

  it('takes an encoded character for the character itself, in paths and in patterns', () => {
    const encoded = policyOf([{ name: 'r', paths: ['/v1/@me/café/a b', '/v1/star%2A'] }]);
    const decide = (path: string) => encoded.decide(person(), { api: 'orders', method: 'GET', path }).effect;
    expect(decide('/v1/%40me/caf%C3%A9/a%20b')).toBe('allow');
    expect(decide('/v1/@me/caf%C3%A9/a%20b')).toBe('allow');
    expect(decide('/v1/star*')).toBe('allow');
    expect(decide('/v1/stars')).toBe('deny');
  });

  it('tells people without access no more of a hidden API than of one that doesn’t exist', () => {
    const hidden = policyOf([...rules, { name: 'gone', effect: 'deny', groups: ['ex'] }], { when_locked: 'hide' });
    for (const [groups, path] of [
      [['finance'], '/v1/refunds'],
      [['developers', 'ex'], '/v1/orders'],
      [['finance'], '/a//b'],
    ] as const) {
      const decision = hidden.decide(person(...groups), { api: 'orders', method: 'GET', path });
      expect(decision).toEqual({
        effect: 'deny',
        reasons: expect.anything(),
        rule: null,
        reason: 'There is no API “orders” for your groups.',
        unlockedBy: [],
      });
    }
    expect(hidden.decide(person('developers'), { api: 'orders', method: 'POST', path: '/v1/refunds' })).toMatchObject({
      unlockedBy: ['orders-admins'],
    });
  });

  it('shows nobody an API that there isn’t', () => {
    for (const when_locked of ['show', 'hide'] as const) {
      const policy = policyOf([{ name: 'all' }], { when_locked });
      expect(policy.isVisible(person('developers'), 'orders')).toBe(true);
      expect(policy.isVisible(person('developers'), 'stock')).toBe(false);
    }
  });

  it('costs no more with 5,000 APIs than with one', () => {
    const many = compilePolicy({
      apis: apis(
        ...Array.from({ length: 5000 }, (_, index) => ({
          id: `api-${index}`,
          name: 'x',
          upstream: 'http://127.0.0.1',
          rules,
        })),
      ),
    });
    const measure = (subject: typeof policy, api: string): number => {
      const identity = person('developers');
      const times = Array.from({ length: 15 }, () => {
        const start = performance.now();
        for (let index = 0; index < 2000; index += 1)
          subject.decide(identity, { api, method: 'GET', path: '/v1/orders/1' });
        return performance.now() - start;
      });
      return Math.min(...times);
    };
    measure(policy, 'orders');
    // Ten times leaves room for a busy machine; a search through all APIs would cost thousands.
    expect(measure(many, 'api-4999')).toBeLessThan(10 * measure(policy, 'orders') + 5);
  });
});

describe('explain', () => {
  it('says of each rule whether it holds and everything that keeps it from holding', () => {
    const { considered } = policy.explain(person('contractors'), { api: 'orders', method: 'POST', path: '/v1/costs' });
    expect(considered).toEqual([
      {
        rule: 'kept',
        effect: 'deny',
        matched: false,
        because: 'Doesn’t hold: it covers DELETE, not POST; its paths don’t match: /v1/orders/**.',
      },
      {
        rule: 'no-contractors',
        effect: 'deny',
        matched: true,
        because: 'Rule “no-contractors” denies every method under /v1/costs.',
      },
      {
        rule: 'developers-read',
        effect: 'allow',
        matched: false,
        because: 'Doesn’t hold: it is for the group developers; it covers GET and HEAD, not POST.',
      },
      {
        rule: 'orders-admins-refund',
        effect: 'allow',
        matched: false,
        because: 'Doesn’t hold: it is for the group orders-admins; its paths don’t match: /v1/refunds/**.',
      },
    ]);
  });
});

describe('the revision', () => {
  it('is the same for the same APIs and another one after any change', () => {
    expect(policyOf(rules).revision).toBe(policy.revision);
    expect(policyOf(rules.slice(1)).revision).not.toBe(policy.revision);
    expect(policyOf(rules, { headers: { 'x-key': 'secret' } }).revision).toBe(policy.revision);
    expect(policy.revision).toMatch(/^[0-9a-f]{12}$/);
  });
});
