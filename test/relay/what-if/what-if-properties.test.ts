import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import type { Decision } from '../../../relay/policy/decision.ts';
import type { RuleInput } from '../policy/policy-fixture.ts';
import { anyGroups, anyRequest, anyRule } from '../policy/policy-fixture.ts';
import { beginMs, configOf, decided, hourMs, issuer, whatIfOf } from './what-if-fixture.ts';

const anyAsked = fc.record(
  {
    kind: fc.constantFrom('person' as const, 'service' as const),
    claims: fc.record({ department: fc.uniqueArray(fc.constantFrom('sales', 'hr'), { maxLength: 2 }) }),
    scopes: fc.uniqueArray(fc.constantFrom('read', 'write'), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const anySignIn = fc.record(
  { max_auth_age: fc.constantFrom(60, 7200), acr: fc.constantFrom<string[][]>(['phr'], ['phr', 'mfa']) },
  { requiredKeys: [] },
);
const anySecretRules: fc.Arbitrary<RuleInput[]> = fc
  .array(fc.tuple(anyRule, anyAsked, anySignIn), { maxLength: 4 })
  .map((rules) =>
    rules.map(([{ groups, ...rule }, asked, signIn], index) => ({
      ...rule,
      ...(groups === undefined ? {} : { groups: [...groups] }),
      ...asked,
      ...(rule.effect === 'allow' ? signIn : {}),
      name: `rule-${index}`,
    })),
  );
/** What no record tells. */
const anySecrets = fc.record({
  kind: fc.constantFrom('person' as const, 'service' as const),
  claims: fc.constantFrom({}, { department: 'sales' }, { department: ['hr'] }),
  scopes: fc.constantFrom([], ['read'], ['read', 'write']),
  acr: fc.constantFrom(undefined, 'phr', 'mfa'),
  authTimeMs: fc.constantFrom(undefined, beginMs + hourMs - 1000, beginMs),
});

describe('a what-if', () => {
  it('never says what isn’t so: by rules that ask what no record tells, it is right or says that it can’t tell', async () => {
    await fc.assert(
      fc.asyncProperty(
        anySecretRules,
        anySecretRules,
        anyGroups,
        anyRequest,
        anySecrets,
        async (now, then, groups, asked, secrets) => {
          const [inForce, proposed] = [configOf(now), configOf(then)];
          const subject = { issuer, groups, ...secrets };
          const { method, path } = asked;
          const timeMs = beginMs + hourMs;
          const decide = (config: typeof inForce): Decision =>
            compilePolicy(config).decide(
              subject,
              { api: 'orders', method, path },
              { timeMs, remoteAddress: '192.0.2.7', device: null },
            );
          const [before, after] = [decide(inForce), decide(proposed)];
          const code =
            before.effect === 'allow' ? undefined : before.stepUp === undefined ? 'policy-denied' : 'step-up-required';
          const record = decided({ groups, method, path, effect: before.effect, rule: before.rule, code });
          const { changes } = await whatIfOf(inForce, proposed, [record]);
          const change = changes[0]?.change ?? null;
          if (change === 'uncertain') return;
          const right = before.effect === after.effect ? null : after.effect === 'deny' ? 'lost' : 'gained';
          expect(change).toBe(right);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('of the same rules, or of more that nobody meets, changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anySecretRules, anyGroups, anyRequest, fc.boolean(), async (rules, groups, asked, hasMore) => {
        const inForce = configOf(rules);
        const more: RuleInput[] = [{ name: 'nobody', groups: ['no-such-group'], effect: 'deny' }, ...rules];
        const { method, path } = asked;
        for (const effect of ['allow', 'deny'] as const) {
          const record = decided({ groups, method, path, effect, rule: null, code: 'policy-denied' });
          const found = await whatIfOf(inForce, configOf(hasMore ? more : rules), [record]);
          expect(found.changes).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
