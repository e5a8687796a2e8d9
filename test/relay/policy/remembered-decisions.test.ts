import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import type { Decision } from '../../../relay/policy/decision.ts';
import { RememberedDecisions } from '../../../relay/policy/remembered-decisions.ts';
import { apis } from './policy-fixture.ts';

const decision = (rule: string): Decision => ({ effect: 'allow', rule, reason: '' });
const key = (path: string, given: { caller?: number; api?: number; method?: string } = {}) => ({
  caller: 1,
  api: 1,
  method: 'GET',
  path,
  ...given,
});

describe('remembered decisions', () => {
  it('are those that were asked for twice', () => {
    const decisions = new RememberedDecisions();
    decisions.put(key('/a'), decision('first'));
    expect(decisions.find(key('/a'))).toBeUndefined();
    decisions.put(key('/a'), decision('second'));
    expect(decisions.find(key('/a'))).toEqual(decision('second'));
  });

  it('are told apart by caller, API, method and path', () => {
    const decisions = new RememberedDecisions();
    const keys = [
      key('/a'),
      key('/b'),
      key('/a', { caller: 2 }),
      key('/a', { api: 2 }),
      key('/a', { method: 'POST' }),
      key('A/a', { method: 'GET' }),
      key('/a', { method: 'GETA' }),
    ];
    for (const round of [1, 2])
      for (const [index, one] of keys.entries()) decisions.put(one, decision(`${index} ${round}`));
    for (const [index, one] of keys.entries()) expect(decisions.find(one)).toEqual(decision(`${index} 2`));
  });

  it('are never those of another key, however many there are', () => {
    const decisions = new RememberedDecisions();
    let found = 0;
    for (let round = 0; round < 3; round += 1)
      for (let index = 0; index < 100_000; index += 1) {
        const one = key(`/items/${index}`);
        const known = decisions.find(one);
        if (known === undefined) decisions.put(one, decision(`rule ${index}`));
        else {
          found += 1;
          if (known.rule !== `rule ${index}`) expect(known).toEqual(decision(`rule ${index}`));
        }
      }
    expect(found).toBeLessThan(300_000);
  });

  it('stay known beside ten times as many that come once', () => {
    const decisions = new RememberedDecisions();
    const known = Array.from({ length: 200 }, (_none, index) => key(`/known/${index}`));
    for (let round = 0; round < 8; round += 1) for (const one of known) decisions.put(one, decision('known'));
    let passing = 0;
    const share = (): number => known.filter((one) => decisions.find(one) !== undefined).length / known.length;
    expect(share()).toBeGreaterThan(0.9);
    for (let round = 0; round < 10; round += 1) {
      for (let index = 0; index < 200; index += 1) decisions.put(key(`/once/${(passing += 1)}`), decision('once'));
      for (const one of known) if (decisions.find(one) === undefined) decisions.put(one, decision('known'));
    }
    for (const one of known) if (decisions.find(one) === undefined) decisions.put(one, decision('known'));
    expect(share()).toBeGreaterThan(0.6);
  });

  it('leave out very long paths', () => {
    const decisions = new RememberedDecisions();
    const long = key(`/${'x'.repeat(300)}`);
    for (let round = 0; round < 3; round += 1) decisions.put(long, decision('long'));
    expect(decisions.find(long)).toBeUndefined();
  });

  it('are of the very caller: somebody else with the same path gets a verdict of his own', () => {
    const policy = compilePolicy({
      apis: apis({
        id: 'orders',
        name: 'Orders',
        upstream: 'http://127.0.0.1:1',
        rules: [{ name: 'sre', groups: ['sre'], paths: ['/v1/**'] }],
      }),
    });
    const request = { api: 'orders', method: 'GET', path: '/v1/orders' };
    const [insider, outsider] = [{ groups: ['sre'] }, { groups: ['sales'] }];
    for (let round = 0; round < 5; round += 1) {
      expect(policy.decide(insider, request).effect).toBe('allow');
      expect(policy.decide(outsider, request).effect).toBe('deny');
    }
  });
});
