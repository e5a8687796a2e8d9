import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import type { PolicyContext } from '../../../relay/policy/decision.ts';
import { apis, person, policyOf, type RuleInput } from './policy-fixture.ts';

const request = { api: 'orders', method: 'POST', path: '/v1/orders' };
const monday10 = Date.UTC(2026, 0, 5, 10);
const here: PolicyContext = {
  timeMs: monday10,
  remoteAddress: '10.1.2.3',
  device: { name: 'mbp-alice', system: 'macOS 26.1', appVersion: '1.4.2' },
};

function decide(rule: Partial<RuleInput>, subject: object = {}, context: Partial<PolicyContext> = {}) {
  const policy = policyOf([{ name: 'r', ...rule }]);
  return policy.decide({ ...person('developers'), ...subject }, request, { ...here, ...context });
}
const effect = (...args: Parameters<typeof decide>): string => decide(...args).effect;

describe('rules on the token', () => {
  const sales = { claims: { department: ['sales', 'field'] } };

  it('compares a claim’s one value, or any one of its list, exactly', () => {
    expect(effect(sales, { claims: { department: 'sales' } })).toBe('allow');
    expect(effect(sales, { claims: { department: ['it', 'field'] } })).toBe('allow');
    for (const department of ['Sales', 'sales ', 'sales,field', ['it'], { sales: true }, undefined, null]) {
      expect(effect(sales, { claims: { department } })).toBe('deny');
    }
    expect(effect({ claims: { '__proto__.x': ['1'] } })).toBe('deny');
  });

  it.each([[undefined], [null], [{}], [[]], [[null]], [[{}]], [[['sales']]]])(
    'takes %j for no value, also where a rule asks for what it reads as',
    (department) => {
      const texts = ['undefined', 'null', '[object Object]', '', 'sales'];
      expect(effect({ claims: { department: texts } }, { claims: { department } })).toBe('deny');
    },
  );

  it('looks into nested claims by path, and at numbers and truth values', () => {
    const claims = { realm: { level: 3, staff: true } };
    expect(effect({ claims: { 'realm.level': [3], 'realm.staff': [true] } }, { claims })).toBe('allow');
    expect(effect({ claims: { 'realm.level': [3], 'realm.staff': [false] } }, { claims })).toBe('deny');
  });

  it('takes an empty list for nobody', () => {
    expect(effect({ claims: { department: [] } }, { claims: { department: '' } })).toBe('deny');
    expect(effect({ scopes: [] }, { scopes: ['a'] })).toBe('deny');
  });

  it('tells people from services, and wants any one of the scopes', () => {
    expect(effect({ kind: 'service' })).toBe('deny');
    expect(effect({ kind: 'service' }, { kind: 'service' })).toBe('allow');
    expect(effect({ scopes: ['orders.write'] }, { scopes: ['orders.read'] })).toBe('deny');
    expect(effect({ scopes: ['x', 'orders.write'] }, { scopes: ['openid', 'orders.write'] })).toBe('allow');
  });

  it('names the groups that would unlock it rather than what a rule asks besides, where both would', () => {
    const asks: RuleInput = { name: 'asks', groups: ['developers'], kind: 'service' };
    const reason = (...rules: RuleInput[]): string =>
      policyOf(rules).decide(person('developers'), request, here).reason;
    expect(reason(asks)).toContain('Rule “asks” is for a service, not a person.');
    expect(reason(asks, { name: 'a', groups: ['admins'] })).toMatch(/The group admins would unlock it\.$/);
  });

  it('names the claim that is asked for, never the one that is there', () => {
    const { reason } = decide({ groups: ['developers'], ...sales }, { claims: { department: 'secret' } });
    expect(reason).toContain('Rule “r” is for a token whose claim department is sales or field.');
    expect(reason).not.toContain('secret');
  });
});

describe('rules on the moment', () => {
  const office: Partial<RuleInput> = {
    times: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', zone: 'Europe/Berlin' }],
  };

  it('holds from the first minute to before the last, in the zone’s own time', () => {
    const at = (utc: string): string => effect(office, {}, { timeMs: Date.parse(utc) });
    expect(at('2026-01-05T06:59:59.999Z')).toBe('deny');
    expect(at('2026-01-05T07:00:00Z')).toBe('allow');
    expect(at('2026-01-05T16:59:59.999Z')).toBe('allow');
    expect(at('2026-01-05T17:00:00Z')).toBe('deny');
    expect(at('2026-07-06T06:00:00Z')).toBe('allow');
    expect(at('2026-01-10T10:00:00Z')).toBe('deny');
  });

  it('lets a window that ends earlier than it begins go on after midnight, with the day on which it began', () => {
    const night: Partial<RuleInput> = { times: [{ days: ['fri'], from: '22:00', to: '06:00' }] };
    const at = (utc: string): string => effect(night, {}, { timeMs: Date.parse(utc) });
    expect(at('2026-01-09T21:59:00Z')).toBe('deny');
    expect(at('2026-01-09T22:00:00Z')).toBe('allow');
    expect(at('2026-01-10T05:59:00Z')).toBe('allow');
    expect(at('2026-01-10T06:00:00Z')).toBe('deny');
    expect(at('2026-01-09T02:00:00Z')).toBe('deny');
  });

  it('compares networks by bits, and an IPv4 address that is written as IPv6 as IPv4', () => {
    const from = (remoteAddress: string): string =>
      effect({ networks: ['10.0.0.0/8', '2001:db8::/32'] }, {}, { remoteAddress });
    for (const inside of ['10.255.0.1', '::ffff:10.0.0.1', '2001:db8:1::2', '2001:DB8::1%eth0'])
      expect(from(inside)).toBe('allow');
    for (const outside of ['11.0.0.1', '::ffff:11.0.0.1', '2001:db9::1', '10.1', 'localhost', ''])
      expect(from(outside)).toBe('deny');
  });

  it('looks at what the app reports of the computer, and says that it isn’t verified', () => {
    const rule: Partial<RuleInput> = { device: { system: ['macos*', 'Windows 11'], minimum_app_version: '1.4.2' } };
    expect(decide(rule)).toMatchObject({ effect: 'allow', reason: expect.stringContaining('(not verified)') });
    const device = { name: 'x', system: 'Windows 10', appVersion: '2.0.0' };
    expect(effect(rule, {}, { device })).toBe('deny');
    expect(effect(rule, {}, { device: { ...device, system: 'Windows 11' } })).toBe('allow');
    for (const appVersion of ['1.4.1', '1.4.2-beta.1', '0.9', '', 'new']) {
      expect(effect(rule, {}, { device: { ...device, system: 'Windows 11', appVersion } })).toBe('deny');
    }
  });

  it('looks at what IT says of the computer, each attribute that a rule names', () => {
    const rule: Partial<RuleInput> = { device: { attributes: { asset: ['pc-*'], managed: ['yes'] } } };
    const device = { name: 'x', system: 'Linux', appVersion: '1.0.0' };
    const of = (attributes?: Record<string, string>): string =>
      effect(rule, {}, { device: attributes === undefined ? device : { ...device, attributes } });
    expect(of({ asset: 'PC-4711', managed: 'Yes', more: 'x' })).toBe('allow');
    for (const other of [undefined, {}, { asset: 'PC-4711' }, { asset: 'MAC-1', managed: 'yes' }, { managed: 'yes' }]) {
      expect(of(other), JSON.stringify(other)).toBe('deny');
    }
    expect(decide(rule, {}, { device: { ...device, attributes: { asset: 'PC-1', managed: 'yes' } } })).toMatchObject({
      reason: expect.stringContaining('its attribute asset is pc-*'),
    });
    // What isn't known makes a deny rule hold.
    const denies: Partial<RuleInput> = { ...rule, effect: 'deny' };
    expect(decide(denies, {}, { device }).effect).toBe('deny');
  });

  it.each<[pattern: string, holds: readonly string[], differs: readonly string[]]>([
    ['a*', ['a', 'ab'], ['', 'b', 'ba']],
    ['*a', ['a', 'ba'], ['', 'ab']],
    ['ab*ba', ['abba', 'abxba'], ['aba', 'ab', 'abbax']],
    ['a*b*c', ['abc', 'axbxc', 'abbc', 'abcc'], ['ac', 'acb', 'axc', 'abd']],
    ['a*b*b', ['abb', 'axbb'], ['ab', 'axb']],
    ['a*b*c*d', ['abcd', 'axbxcxd'], ['abd', 'acbd', 'acd']],
    ['*', ['anything'], ['']],
  ])('reads “%s” as text with anything for each star', (pattern, holds, differs) => {
    const of = (name: string): string =>
      effect({ device: { name: [pattern] } }, {}, { device: { name, system: 'x', appVersion: '1' } });
    expect(holds.filter((name) => of(name) !== 'allow')).toEqual([]);
    expect(differs.filter((name) => of(name) !== 'deny')).toEqual([]);
  });

  it('lets what isn’t known never help: allow rules don’t hold, deny rules do', () => {
    const unknown = { timeMs: Number.NaN, remoteAddress: 'unknown', device: null };
    for (const rule of [office, { networks: ['10.0.0.0/8'] }, { device: { system: ['Linux'] } }]) {
      expect(effect(rule, {}, unknown)).toBe('deny');
      const policy = policyOf([{ name: 'all' }, { name: 'd', effect: 'deny', ...rule }]);
      expect(policy.decide(person(), request, unknown)).toMatchObject({ effect: 'deny', rule: 'd' });
    }
  });

  it('says when or from where it would be allowed', () => {
    expect(decide(office, {}, { timeMs: monday10 + 12 * 3_600_000 }).reason).toContain(
      'but only Mon to Fri 08:00–18:00 (Europe/Berlin)',
    );
    expect(decide({ networks: ['192.0.2.0/24'] }).reason).toContain('but only from the network 192.0.2.0/24');
  });

  it('says beside it which other group would unlock it now, when there is one', () => {
    const elsewhere: RuleInput = { name: 'e', networks: ['192.0.2.0/24'] };
    const deniedBy = (...rules: RuleInput[]) => policyOf(rules).decide(person('developers'), request, here);
    expect(deniedBy(elsewhere)).toMatchObject({ unlockedBy: [], reason: expect.stringMatching(/192\.0\.2\.0\/24\.$/) });
    expect(deniedBy(elsewhere, { name: 'a', groups: ['admins'] })).toMatchObject({
      unlockedBy: ['admins'],
      reason: expect.stringMatching(/192\.0\.2\.0\/24\. The group admins would unlock it\.$/),
    });
  });
});

describe('rules that ask for a fresh sign-in', () => {
  const rules: RuleInput[] = [
    { name: 'read', methods: ['GET'] },
    { name: 'write', max_auth_age: 900, acr: ['phr', 'mfa'] },
  ];
  const policy = policyOf(rules);
  const at = (authTimeMs: number | undefined, acr: string | undefined) =>
    policy.decide({ ...person('developers'), authTimeMs, acr }, request, here);

  it('allow with a sign-in that is fresh and of the right kind', () => {
    expect(at(monday10 - 900_000, 'mfa')).toMatchObject({ effect: 'allow', rule: 'write' });
  });

  it('deny with what to ask for, when the sign-in is too old, of another kind, or doesn’t say', () => {
    for (const [authTimeMs, acr] of [
      [monday10 - 900_001, 'mfa'],
      [monday10, 'pwd'],
      [undefined, 'mfa'],
      [monday10, undefined],
    ] as const) {
      expect(at(authTimeMs, acr)).toEqual({
        effect: 'deny',
        reasons: expect.anything(),
        rule: 'write',
        reason: 'Writing to Orders needs a sign-in from the last 15 minutes and a sign-in of the kind phr or mfa.',
        unlockedBy: [],
        stepUp: { maxAgeSeconds: 900, acr: ['phr', 'mfa'] },
      });
    }
  });

  it.each([
    [{ max_auth_age: 900 }, monday10 - 900_000, undefined, 'allow'],
    [{ max_auth_age: 900 }, monday10 - 900_001, 'mfa', 'deny'],
    [{ max_auth_age: 900 }, undefined, 'mfa', 'deny'],
    [{ acr: ['mfa'] }, undefined, 'mfa', 'allow'],
    [{ acr: ['mfa'] }, monday10, 'pwd', 'deny'],
    [{ acr: ['mfa'] }, monday10, undefined, 'deny'],
  ])('look at what they ask for, and at nothing else: %j', (asked, authTimeMs, acr, expected) => {
    expect(effect(asked, { authTimeMs, acr })).toBe(expected);
  });

  it('never offer a fresh sign-in where a deny rule holds anyway', () => {
    const barred = policyOf([...rules, { name: 'no', effect: 'deny', methods: ['POST'] }]);
    expect(barred.decide(person(), request, here)).toEqual(expect.not.objectContaining({ stepUp: expect.anything() }));
  });

  it('stand in the catalog as “sign in again to write”', () => {
    const [entry] = policy.catalogFor(person('developers')).apis;
    expect(entry).toMatchObject({ level: 'read-write', stepUpFor: 'write' });
    expect(entry?.permissions).toMatchObject([
      { text: 'Read everything' },
      {
        text: 'Read and write everything (sign in again to read and write)',
        stepUp: { maxAgeSeconds: 900, acr: ['phr', 'mfa'] },
      },
    ]);
  });
});

describe('what is told with disclose: minimal', () => {
  it('is the verdict and the sign-in that would help, without rule, group or reason', () => {
    const policy = compilePolicy({
      disclose: 'minimal',
      apis: apis({
        id: 'orders',
        name: 'Orders',
        upstream: 'http://127.0.0.1',
        rules: [{ name: 'secret-rule', groups: ['secret-group'], max_auth_age: 60 }],
      }),
    });
    const told = (groups: string[]) => policy.told(policy.decide(person(...groups), request, here));
    expect(JSON.stringify([told([]), told(['secret-group']), policy.catalogFor(person())])).not.toMatch(/secret/);
    expect(told(['secret-group'])).toMatchObject({ stepUp: { maxAgeSeconds: 60 } });
    const little = { effect: 'deny', rule: null, reason: 'Policy doesn’t allow this.', unlockedBy: [] };
    expect(JSON.parse(JSON.stringify(told([])))).toEqual(little);
  });

  it('is not all that is told otherwise', () => {
    const policy = policyOf([{ name: 'r', groups: ['sre'] }]);
    for (const groups of [[], ['sre']]) {
      const decision = policy.decide(person(...groups), request, here);
      expect(policy.told(decision)).toEqual(decision);
    }
  });
});
