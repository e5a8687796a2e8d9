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
    ['behind the path itself', [rule('a', { paths: ['/v1/**'] }), rule('b', { paths: ['/v1'] })]],
    ['behind more methods', [rule('a', { methods: ['GET', 'POST'] }), rule('b', { methods: ['HEAD'] })]],
    ['behind everybody', [rule('a', { groups: ['*'] }), rule('b', { groups: ['staff'] })]],
    ['behind more groups', [rule('a', { groups: ['staff', 'ops'] }), rule('b', { groups: ['ops'] })]],
    ['below a deny rule that stands behind it', [rule('b', { groups: ['ops'] }), rule('a', { effect: 'deny' })]],
    ['behind one without its condition', [rule('a'), rule('b', { networks: ['10.0.0.0/8'] })]],
    ['behind one with the same condition', [rule('a', { acr: ['mfa'] }), rule('b', { acr: ['mfa'], groups: ['x'] })]],
  ])('%s', (_what, rules) => {
    expect(shadowedRules(rules)).toMatchObject([{ rule: 'b', by: 'a' }]);
  });

  it.each<[string, RuleConfig[]]>([
    ['another path', [rule('a', { paths: ['/v1/**'] }), rule('b', { paths: ['/v10'] })]],
    ['a wildcard in the beginning', [rule('a', { paths: ['/*/x/**'] }), rule('b', { paths: ['/v1/x/y'] })]],
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
