import { describe, expect, it } from 'vitest';
import { compilePolicy, type PolicySource } from '../../../relay/policy/compile-policy.ts';
import { apis, person } from './policy-fixture.ts';

const partners = 'https://partners.example';
const source: PolicySource = {
  apis: apis(
    { id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:1', rules: [{ name: 'all' }] },
    { id: 'payroll', name: 'Payroll', upstream: 'http://127.0.0.1:1', rules: [{ name: 'all', groups: ['sre'] }] },
    { id: 'secret', name: 'Secret', upstream: 'http://127.0.0.1:1', when_locked: 'hide', rules: [{ name: 'all' }] },
  ),
  issuers: [
    { name: 'Acme', issuer: 'http://127.0.0.1/idp' },
    { name: 'Partners', issuer: partners, apis: ['orders'] },
  ],
};
const policy = compilePolicy(source);
const partner = { ...person('sre'), issuer: partners };

describe('an issuer that is for some APIs only', () => {
  it('is denied at the others, also where everybody or its group is allowed', () => {
    const decision = policy.decide(partner, { api: 'payroll', method: 'GET', path: '/' });
    expect(decision).toMatchObject({ effect: 'deny', rule: 'issuer:Partners', unlockedBy: [] });
    expect(decision.reason).toContain('a sign-in at Partners');
    expect(policy.decide(person('sre'), { api: 'payroll', method: 'GET', path: '/' }).effect).toBe('allow');
    expect(policy.decide(partner, { api: 'orders', method: 'DELETE', path: '/v1/orders' }).effect).toBe('allow');
  });

  it('is denied there also with a grant', () => {
    const grant = { id: 'g1', api: null, role: 'sre', approvedBy: 'dana', expiresAtMs: Number.MAX_SAFE_INTEGER };
    const context = { timeMs: 0, remoteAddress: '', device: null, grants: [grant] };
    const decision = policy.decide({ ...partner, groups: [] }, { api: 'payroll', method: 'GET', path: '/' }, context);
    expect(decision).toMatchObject({ effect: 'deny', rule: 'issuer:Partners' });
  });

  it('sees them as locked without anything that would unlock them, and hidden ones not at all', () => {
    const seen = policy.catalogFor(partner).apis;
    expect(seen.map(({ id, access, unlockedBy }) => ({ id, access, unlockedBy }))).toEqual([
      { id: 'orders', access: 'open', unlockedBy: [] },
      { id: 'payroll', access: 'locked', unlockedBy: [] },
    ]);
    expect(policy.isVisible(partner, 'secret')).toBe(false);
    expect(policy.isVisible(person(), 'secret')).toBe(true);
  });

  it('is told which rule it was, and others that it isn’t about them', () => {
    const request = { api: 'payroll', method: 'GET', path: '/' };
    expect(policy.explain(partner, request).considered[0]).toMatchObject({ rule: 'issuer:Partners', matched: true });
    expect(policy.explain(person('sre'), request).considered[0]).toEqual({
      rule: 'issuer:Partners',
      effect: 'deny',
      matched: false,
      because: 'Doesn’t hold: it is for a sign-in at Partners.',
    });
  });

  it('is for none with an empty list; each change of the list is another revision', () => {
    const none = compilePolicy({ ...source, issuers: [{ name: 'Partners', issuer: partners, apis: [] }] });
    for (const { id } of source.apis)
      expect(none.decide(partner, { api: id, method: 'GET', path: '/' })).toMatchObject({ effect: 'deny' });
    expect(none.revision).not.toBe(policy.revision);
    const revisionOf = (...lists: (string[] | undefined)[]): string =>
      compilePolicy({
        ...source,
        issuers: lists.map((reached, index) => ({
          name: `Issuer ${index}`,
          issuer: `https://issuer${index}.example`,
          ...(reached === undefined ? {} : { apis: reached }),
        })),
      }).revision;
    const [first = '', second = ''] = source.apis.map(({ id }) => id);
    const revisions = [undefined, [], [first], [second], [first, second]].map((list) => revisionOf(list));
    expect(new Set(revisions).size).toBe(revisions.length);
    expect(revisionOf(undefined, undefined)).toBe(revisionOf(undefined));
  });
});
