import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGroups, anyRequest, anyRule, anyRules, groupNames, person, policyOf } from './policy-fixture.ts';

const options = { numRuns: 3000 };

describe('every policy', () => {
  it('lets a deny rule that holds win over all allow rules', () => {
    fc.assert(
      fc.property(anyRules, anyGroups, anyRequest, (rules, groups, request) => {
        const { decision, considered } = policyOf(rules).explain(person(...groups), request);
        if (considered.some((rule) => rule.matched && rule.effect === 'deny')) expect(decision.effect).toBe('deny');
      }),
      options,
    );
  });

  it('allows nothing without an allow rule that holds', () => {
    fc.assert(
      fc.property(anyRules, anyGroups, anyRequest, (rules, groups, request) => {
        const denyRules = rules.map((rule) => ({ ...rule, effect: 'deny' as const }));
        expect(policyOf(denyRules).decide(person(...groups), request)).toMatchObject({ effect: 'deny' });
      }),
      options,
    );
  });

  it('never allows more for one more deny rule, wherever it stands', () => {
    fc.assert(
      fc.property(anyRules, anyRule, fc.nat(6), anyGroups, anyRequest, (rules, extra, place, groups, request) => {
        const more = rules.toSpliced(place, 0, { ...extra, effect: 'deny', name: 'extra' });
        const after = policyOf(more).decide(person(...groups), request);
        if (after.effect === 'allow') expect(policyOf(rules).decide(person(...groups), request).effect).toBe('allow');
      }),
      options,
    );
  });

  it('never allows less for one more allow rule, wherever it stands', () => {
    fc.assert(
      fc.property(anyRules, anyRule, fc.nat(6), anyGroups, anyRequest, (rules, extra, place, groups, request) => {
        const more = rules.toSpliced(place, 0, { ...extra, effect: 'allow', name: 'extra' });
        const before = policyOf(rules).decide(person(...groups), request);
        if (before.effect === 'allow') expect(policyOf(more).decide(person(...groups), request).effect).toBe('allow');
      }),
      options,
    );
  });

  it('explains what it decides: the considered rules alone lead to the same verdict', () => {
    fc.assert(
      fc.property(anyRules, anyGroups, anyRequest, fc.constantFrom('show', 'hide'), (rules, groups, request, when) => {
        const policy = policyOf(rules, { when_locked: when });
        const { decision, considered } = policy.explain(person(...groups), request);
        expect(decision).toEqual(policy.decide(person(...groups), request));
        const matched = considered.filter((rule) => rule.matched);
        const isAllowed = matched.length > 0 && matched.every((rule) => rule.effect === 'allow');
        expect(decision.effect).toBe(isAllowed ? 'allow' : 'deny');
        if (decision.rule !== null) expect(matched.map((rule) => rule.rule)).toContain(decision.rule);
      }),
      options,
    );
  });

  it('names exactly the groups that would unlock a denied request', () => {
    fc.assert(
      fc.property(anyRules, anyGroups, anyRequest, (rules, groups, request) => {
        const policy = policyOf(rules);
        const decision = policy.decide(person(...groups), request);
        if (decision.effect === 'allow') return;
        const unlocking = groupNames.filter(
          (group) => policy.decide(person(...groups, group), request).effect === 'allow',
        );
        expect(decision.unlockedBy.toSorted()).toEqual(unlocking.toSorted());
      }),
      options,
    );
  });

  it('gives a path with a slash at its end the same verdict as without', () => {
    fc.assert(
      fc.property(anyRules, anyGroups, anyRequest, (rules, groups, request) => {
        fc.pre(request.path !== '/');
        const policy = policyOf(rules);
        const verdict = (path: string) => policy.decide(person(...groups), { ...request, path }).effect;
        expect(verdict(`${request.path}/`)).toBe(verdict(request.path));
      }),
      options,
    );
  });

  it('allows HEAD wherever it allows GET', () => {
    fc.assert(
      fc.property(anyRules, anyGroups, anyRequest, (rules, groups, request) => {
        const onlyGet = rules.map((rule) => ({ ...rule, methods: ['GET'] }));
        const verdict = (method: string) => policyOf(onlyGet).decide(person(...groups), { ...request, method }).effect;
        expect(verdict('HEAD')).toBe(verdict('GET'));
      }),
    );
  });

  it('shows in the catalog what it decides: locked means that every request is denied', () => {
    fc.assert(
      fc.property(anyRules, anyGroups, anyRequest, (rules, groups, request) => {
        const policy = policyOf(rules);
        const [entry] = policy.catalogFor(person(...groups)).apis;
        const decision = policy.decide(person(...groups), request);
        if (entry?.access === 'locked') expect(decision.effect).toBe('deny');
        if (entry?.level === 'read' && !['GET', 'HEAD', 'OPTIONS'].includes(request.method)) {
          expect(decision.effect).toBe('deny');
        }
      }),
      options,
    );
  });
});
