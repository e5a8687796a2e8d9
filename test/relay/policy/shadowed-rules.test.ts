import { describe, expect, it } from 'vitest';
import type { RuleConfig } from '../../../relay/config/config-schema.ts';
import { shadowedRules } from '../../../relay/policy/shadowed-rules.ts';

const rule = (name: string, more: Partial<RuleConfig> = {}): RuleConfig => ({
  name,
  effect: 'allow',
  methods: ['*'],
  paths: ['/**'],
  ...more,
});

describe('a rule that never decides anything', () => {
  it.each<[string, RuleConfig[]]>([
    ['behind the very same', [rule('a'), rule('b')]],
    ['behind a wider path', [rule('a', { paths: ['/v1/**'] }), rule('b', { paths: ['/v1/orders', '/v1/items/*'] })]],
    ['behind a wildcard', [rule('a', { paths: ['/*/x/**'] }), rule('b', { paths: ['/v1/x/y'] })]],
    ['behind the path itself', [rule('a', { paths: ['/v1/**'] }), rule('b', { paths: ['/v1'] })]],
    ['behind more methods', [rule('a', { methods: ['GET', 'POST'] }), rule('b', { methods: ['HEAD'] })]],
    ['behind everybody', [rule('a', { groups: ['*'] }), rule('b', { groups: ['staff'] })]],
    ['behind more groups', [rule('a', { groups: ['staff', 'ops'] }), rule('b', { groups: ['ops'] })]],
    ['below a deny rule that stands behind it', [rule('b', { groups: ['ops'] }), rule('a', { effect: 'deny' })]],
    ['behind one without its condition', [rule('a'), rule('b', { networks: ['10.0.0.0/8'] })]],
    ['behind one with the same condition', [rule('a', { acr: ['mfa'] }), rule('b', { acr: ['mfa'], groups: ['x'] })]],
  ])('%s', (_what, rules) => {
    expect(shadowedRules(rules)).toMatchObject([{ rule: 'b', by: [{ name: 'a' }] }]);
  });

  it.each<[string, RuleConfig[]]>([
    [
      'one for each method',
      [rule('a', { methods: ['GET'] }), rule('b', { methods: ['POST'] }), rule('c', { methods: ['GET', 'POST'] })],
    ],
    [
      'one for each group, one of them a deny rule behind it',
      [
        rule('a', { groups: ['staff'] }),
        rule('c', { groups: ['staff', 'guests'] }),
        rule('b', { groups: ['guests'], effect: 'deny' }),
      ],
    ],
    [
      'one for each path',
      [rule('a', { paths: ['/v1/**'] }), rule('b', { paths: ['/v2/*'] }), rule('c', { paths: ['/v1/x', '/v2/y'] })],
    ],
    [
      'one for people and one for services',
      [rule('a', { kind: 'person' }), rule('b', { kind: 'service' }), rule('c', { groups: ['staff'] })],
    ],
    [
      'crosswise: groups by methods',
      [
        rule('a', { groups: ['staff'], methods: ['GET', 'POST'] }),
        rule('b', { groups: ['guests'], methods: ['GET', 'POST'] }),
        rule('c', { groups: ['staff', 'guests'], methods: ['POST', 'GET'] }),
      ],
    ],
  ])('behind several together: %s', (_what, rules) => {
    const [found, ...more] = shadowedRules(rules);
    expect(more).toEqual([]);
    expect([found?.rule, found?.by.map(({ name }) => name).toSorted()]).toEqual(['c', ['a', 'b']]);
  });

  it.each<[string, RuleConfig[]]>([
    ['another path', [rule('a', { paths: ['/v1/**'] }), rule('b', { paths: ['/v10'] })]],
    ['a wildcard that ends sooner', [rule('a', { paths: ['/*/x'] }), rule('b', { paths: ['/v1/x/y'] })]],
    [
      'two that leave one pair out',
      [
        rule('a', { groups: ['staff'], methods: ['GET'] }),
        rule('c', { groups: ['guests'], methods: ['POST'] }),
        rule('b', { groups: ['staff', 'guests'], methods: ['GET', 'POST'] }),
      ],
    ],
    [
      'all methods, one by one',
      [rule('a', { methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] }), rule('b')],
    ],
    ['fewer methods', [rule('a', { methods: ['GET'] }), rule('b', { methods: ['GET', 'POST'] })]],
    ['fewer groups', [rule('a', { groups: ['staff'] }), rule('b')]],
    ['a condition', [rule('a', { networks: ['10.0.0.0/8'] }), rule('b')]],
    ['another condition', [rule('a', { acr: ['mfa'] }), rule('b', { acr: ['pin'] })]],
    ['a rule for nobody', [rule('a', { groups: [] }), rule('b')]],
    ['a narrower one before a wider one', [rule('a', { paths: ['/v1'] }), rule('b')]],
    ['a deny rule with a condition', [rule('a', { effect: 'deny', kind: 'service' }), rule('b')]],
    ['deny rules alone', [rule('a', { effect: 'deny' }), rule('b', { effect: 'deny' })]],
  ])('isn’t one beside %s', (_what, rules) => {
    expect(shadowedRules(rules)).toEqual([]);
  });
});
