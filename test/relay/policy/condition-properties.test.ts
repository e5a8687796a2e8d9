import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyConditionalRule,
  anyConditionalRules,
  anyContext,
  anyRequest,
  anySubject,
  groupNames,
  policyOf,
  type RuleInput,
} from './policy-fixture.ts';

const options = { numRuns: 1000 };

describe('every policy with conditions', () => {
  it('lets a deny rule that holds win, and allows nothing without an allow rule that holds', () => {
    fc.assert(
      fc.property(anyConditionalRules, anySubject, anyRequest, anyContext, (rules, subject, request, context) => {
        const { decision, considered } = policyOf(rules).explain(subject, request, context);
        const matched = considered.filter((rule) => rule.matched);
        const isAllowed = matched.length > 0 && matched.every((rule) => rule.effect === 'allow');
        expect(decision.effect).toBe(isAllowed ? 'allow' : 'deny');
        if (decision.effect === 'deny' && decision.stepUp !== undefined) expect(matched).toEqual([]);
      }),
      options,
    );
  });

  it('never allows more for one more deny rule, and never less for one more allow rule', () => {
    fc.assert(
      fc.property(
        anyConditionalRules,
        anyConditionalRule,
        fc.nat(6),
        anySubject,
        anyRequest,
        anyContext,
        (rules, extra, place, subject, request, context) => {
          const more = rules.toSpliced(place, 0, { ...extra, name: 'extra' } as RuleInput);
          const before = policyOf(rules).decide(subject, request, context).effect;
          const after = policyOf(more).decide(subject, request, context).effect;
          if (extra.effect === 'deny' && after === 'allow') expect(before).toBe('allow');
          if (extra.effect === 'allow' && before === 'allow') expect(after).toBe('allow');
        },
      ),
      options,
    );
  });

  it('decides the same from memory as anew', () => {
    fc.assert(
      fc.property(
        anyConditionalRules,
        anySubject,
        fc.array(fc.tuple(anyRequest, anyContext), { minLength: 2, maxLength: 6 }),
        (rules, subject, asked) => {
          const policy = policyOf(rules);
          for (const [request, context] of [...asked, ...asked]) {
            const fresh = policyOf(rules).decide({ ...subject }, request, context);
            expect(policy.decide(subject, request, context)).toEqual(fresh);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('names exactly the groups that would unlock a denied request', () => {
    fc.assert(
      fc.property(anyConditionalRules, anySubject, anyRequest, anyContext, (rules, subject, request, context) => {
        const policy = policyOf(rules);
        const decision = policy.decide(subject, request, context);
        if (decision.effect === 'allow' || decision.stepUp !== undefined) return;
        const unlocking = groupNames.filter((group) => {
          const joined = { ...subject, groups: [...subject.groups, group] };
          return policy.decide(joined, request, context).effect === 'allow';
        });
        expect(decision.unlockedBy.toSorted()).toEqual(unlocking.toSorted());
      }),
      options,
    );
  });

  it('asks for a fresh sign-in only where one would do', () => {
    fc.assert(
      fc.property(anyConditionalRules, anySubject, anyRequest, anyContext, (rules, subject, request, context) => {
        const decision = policyOf(rules).decide(subject, request, context);
        if (decision.effect === 'allow' || decision.stepUp === undefined || Number.isNaN(context.timeMs)) return;
        const fresh = { ...subject, authTimeMs: context.timeMs, acr: decision.stepUp.acr?.[0] ?? subject.acr };
        expect(policyOf(rules).decide(fresh, request, context).effect).toBe('allow');
      }),
      options,
    );
  });

  it('lets a grant add, never take away', () => {
    fc.assert(
      fc.property(
        anyConditionalRules,
        anySubject,
        anyRequest,
        anyContext,
        fc.constantFrom(...groupNames),
        (rules, subject, request, context, role) => {
          const grant = { id: 'g1', api: null, role, approvedBy: 'bob', expiresAtMs: Date.UTC(2030, 0) };
          const policy = policyOf(rules);
          const before = policy.decide(subject, request, context);
          const after = policy.decide(subject, request, { ...context, grants: [grant] });
          if (before.effect === 'allow') expect(after).toEqual(before);
          else if (after.effect === 'allow') expect(after.rule).toBe('grant:g1');
          if (before.effect === 'deny' && before.rule !== null && before.stepUp === undefined) {
            expect(after).toEqual(before);
          }
        },
      ),
      options,
    );
  });

  it('shows in the catalog what it decides: locked means that every request is denied, now and later', () => {
    fc.assert(
      fc.property(anyConditionalRules, anySubject, anyRequest, anyContext, (rules, subject, request, context) => {
        const policy = policyOf(rules, { when_locked: 'hide' });
        const [entry] = policy.catalogFor(subject, context).apis;
        const decision = policy.decide(subject, request, context);
        expect(policy.isVisible(subject, 'orders', context)).toBe(entry !== undefined);
        if (entry === undefined) expect(decision.effect).toBe('deny');
      }),
      options,
    );
  });
});
