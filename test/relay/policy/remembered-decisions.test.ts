import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import type { Decision, PolicyRequest } from '../../../relay/policy/decision.ts';
import { RememberedDecisions } from '../../../relay/policy/remembered-decisions.ts';
import { hashOf, SeenBefore } from '../../../relay/policy/seen-before.ts';
import { apis } from './policy-fixture.ts';

const decision = (rule: string): Decision => ({ effect: 'allow', rule, reason: '' });
const to = (path: string, given: Partial<PolicyRequest> = {}): PolicyRequest => ({
  api: 'orders',
  method: 'GET',
  path,
  ...given,
});

describe('remembered decisions', () => {
  it('are those that were asked for twice', () => {
    const decisions = new RememberedDecisions();
    const alice = decisions.newCaller();
    decisions.put(alice, to('/a'), decision('first'));
    expect(decisions.find(alice, to('/a'))).toBeUndefined();
    decisions.put(alice, to('/a'), decision('second'));
    expect(decisions.find(alice, to('/a'))).toEqual(decision('second'));
  });

  it('are told apart by caller, API, method and path', () => {
    const decisions = new RememberedDecisions();
    const [alice, bob] = [decisions.newCaller(), decisions.newCaller()];
    const asked = [
      [alice, to('/a')],
      [alice, to('/b')],
      [bob, to('/a')],
      [alice, to('/a', { api: 'stock' })],
      [alice, to('/a', { method: 'POST' })],
      [alice, to('T/a', { method: 'GE' })],
    ] as const;
    for (const round of [1, 2])
      for (const [index, [caller, request]] of asked.entries())
        decisions.put(caller, request, decision(`${index} ${round}`));
    // Two of them may want the same place, which the later one then has.
    const found = asked.map(([caller, request]) => decisions.find(caller, request));
    for (const [index, one] of found.entries()) if (one !== undefined) expect(one).toEqual(decision(`${index} 2`));
    expect(found.filter((one) => one !== undefined).length).toBeGreaterThan(3);
  });

  it('are never those of another request, however many there are', () => {
    const decisions = new RememberedDecisions();
    const alice = decisions.newCaller();
    const wrong: string[] = [];
    for (let round = 0; round < 4; round += 1)
      for (let index = 0; index < 80_000; index += 1) {
        // In pairs, so that each comes again soon.
        const path = `/items/${index >> 1}`;
        const known = decisions.find(alice, to(path));
        if (known === undefined) decisions.put(alice, to(path), decision(path));
        else if (known.rule !== path) wrong.push(`${path} ${known.rule}`);
      }
    expect(wrong).toEqual([]);
  });

  it('of one path are bounded in number, and so are all', () => {
    const decisions = new RememberedDecisions();
    const alice = decisions.newCaller();
    const methods = Array.from({ length: 200 }, (_none, index) => `M${index}`);
    for (const method of methods)
      for (let time = 0; time < 2; time += 1) decisions.put(alice, to('/a', { method }), decision(method));
    const known = methods.filter((method) => decisions.find(alice, to('/a', { method })) !== undefined);
    expect(known.length).toBeGreaterThan(0);
    expect(known.length).toBeLessThan(40);
    expect(known).toContain('M199');
    for (let index = 0; index < 70_000; index += 1)
      for (let time = 0; time < 2; time += 1) decisions.put(alice, to(`/items/${index}`), decision('item'));
    expect(alice.byPath.size).toBeLessThan(65_536);
    expect(decisions.find(alice, to('/items/69999'))).toEqual(decision('item'));
  });

  it('leave out very long paths', () => {
    const decisions = new RememberedDecisions();
    const alice = decisions.newCaller();
    const long = to(`/${'x'.repeat(300)}`);
    for (let round = 0; round < 3; round += 1) decisions.put(alice, long, decision('long'));
    expect(decisions.find(alice, long)).toBeUndefined();
  });

  it('are of the very caller: somebody else with the same path gets a verdict of his own', () => {
    const rules = [{ name: 'sre', groups: ['sre'], paths: ['/v1/**'] }];
    const policy = compilePolicy({
      apis: apis({ id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:1', rules }),
    });
    const [insider, outsider] = [{ groups: ['sre'] }, { groups: ['sales'] }];
    for (let round = 0; round < 5; round += 1) {
      expect(policy.decide(insider, to('/v1/orders')).effect).toBe('allow');
      expect(policy.decide(outsider, to('/v1/orders')).effect).toBe('deny');
    }
  });
});

describe('what was seen before', () => {
  it('is seen again, nearly always, beside as many others as fit', () => {
    const seen = new SeenBefore();
    const hashes = Array.from({ length: 10_000 }, (_none, index) => hashOf(7, 'orders', 'GET', `/items/${index}`));
    for (let round = 0; round < 4; round += 1) for (const hash of hashes) seen.has(hash);
    const again = hashes.filter((hash) => seen.has(hash)).length;
    expect(again).toBeGreaterThan(9_900);
  });

  it('is rarely taken for something new that only looks like it', () => {
    const seen = new SeenBefore();
    let mistaken = 0;
    for (let index = 0; index < 100_000; index += 1)
      if (seen.has(hashOf(7, 'orders', 'GET', `/once/${index}`))) mistaken += 1;
    expect(mistaken).toBeLessThan(100);
  });
});
