import { LRUCache } from 'lru-cache';
import type { ApiConfig, Config, RuleConfig } from '../config/config-schema.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { ConsideredRule, Policy, PolicyContext, PolicyRequest, PolicySubject } from '../policy/decision.ts';
import { askedConditions, withoutAskedConditions } from './asked-conditions.ts';
import { judge, type KnownFacts } from './known-facts.ts';

/** A verdict by what is known; `unknown` when what no record tells makes the difference. */
export interface KnownVerdict {
  readonly effect: 'allow' | 'deny' | 'unknown';
  readonly rule: string | null;
  readonly reason: string;
  /** What it depends on, in words; empty when it is certain. */
  readonly dependsOn: readonly string[];
}

/** A request that was made, as far as the audit knows it. */
export interface PastRequest {
  readonly subject: PolicySubject;
  readonly request: PolicyRequest;
  readonly context: PolicyContext;
}

/** One config as it would decide past requests. */
export interface PastDecider {
  /** Whether any rule of the API asks what no record tells. */
  asksMore(api: string): boolean;
  rulesOf(api: string): readonly RuleConfig[];
  /** Rules as they hold once all that only the caller could tell is met. */
  considered(past: PastRequest): readonly ConsideredRule[];
  decide(past: PastRequest, facts: KnownFacts): KnownVerdict;
  /** What the verdict depends on, as a text: two configs with the same text for a request decide it alike. */
  residue(past: PastRequest, facts: KnownFacts): string;
}

const mostVariants = 2000;

/**
 * Decides past requests with the relay's own engine. A condition that no record answers is taken out of the rules, once so
 * that it helps the caller and once so that it doesn't; where both say the same, it makes no difference.
 */
export function createPastDecider(config: Config): PastDecider {
  const apis = new Map(config.apis.map((api) => [api.id, api]));
  const asking = new Map(
    config.apis.map((api) => [api.id, api.rules.some((rule) => askedConditions(rule).length > 0)]),
  );
  const whole = compilePolicy(config);
  const variants = new LRUCache<string, Policy>({ max: mostVariants });

  function variant(api: ApiConfig, name: string, keep: (rule: RuleConfig) => boolean): Policy {
    const key = `${api.id} ${name}`;
    const known = variants.get(key);
    if (known !== undefined) return known;
    const rules = api.rules.filter(keep).map(withoutAskedConditions);
    const policy = compilePolicy({ ...config, apis: [{ ...api, rules }] });
    variants.set(key, policy);
    return policy;
  }

  /** The policy in which what isn't known helps the caller, or doesn't. */
  function taking(api: ApiConfig, facts: KnownFacts, unknownHelps: boolean): Policy {
    const verdicts = new Map(api.rules.map((rule) => [rule, judge(askedConditions(rule), facts)]));
    const name = JSON.stringify([unknownHelps, ...verdicts.values()]);
    return variant(api, name, (rule) => {
      const verdict = verdicts.get(rule);
      return verdict === 'unknown' ? (rule.effect === 'allow') === unknownHelps : verdict === 'met';
    });
  }

  const considered = ({ subject, request, context }: PastRequest): readonly ConsideredRule[] => {
    const api = apis.get(request.api);
    if (api === undefined) return [];
    return variant(api, 'all', () => true).explain(subject, request, context).considered;
  };

  const open = (past: PastRequest, facts: KnownFacts): readonly RuleConfig[] => {
    const matched = new Set(considered(past).flatMap(({ rule, matched: holds }) => (holds ? [rule] : [])));
    return (apis.get(past.request.api)?.rules ?? []).filter(
      (rule) => matched.has(rule.name) && judge(askedConditions(rule), facts) === 'unknown',
    );
  };

  return {
    asksMore: (api) => asking.get(api) ?? false,
    rulesOf: (api) => apis.get(api)?.rules ?? [],
    considered,
    decide(past, facts) {
      const { subject, request, context } = past;
      const api = apis.get(request.api);
      if (api === undefined || asking.get(api.id) !== true) {
        const { effect, rule, reason } = whole.decide(subject, request, context);
        return { effect, rule, reason, dependsOn: [] };
      }
      const best = taking(api, facts, true).decide(subject, request, context);
      const worst = taking(api, facts, false).decide(subject, request, context);
      const { effect, rule, reason } = best.effect === 'deny' ? best : worst;
      if (best.effect === worst.effect) return { effect, rule, reason, dependsOn: [] };
      const asked = open(past, facts).flatMap((one) => askedConditions(one).map(({ words }) => words));
      const reasonWords = `With it: ${best.reason} Without it: ${worst.reason}`;
      return { effect: 'unknown', rule: best.rule, reason: reasonWords, dependsOn: [...new Set(asked)] };
    },
    residue(past, facts) {
      const api = apis.get(past.request.api);
      if (api === undefined) return 'no API';
      const grants = past.context.grants ?? [];
      const asSomebody = (role: string | null): readonly unknown[] => {
        const groups = role === null ? past.subject.groups : [...past.subject.groups, role];
        const rules = new Map(api.rules.map((rule) => [rule.name, rule]));
        const somebody = { ...past, subject: { ...past.subject, groups }, context: { ...past.context, grants: [] } };
        return considered(somebody).flatMap(({ rule: name, effect, matched }) => {
          if (!matched) return [];
          const rule = rules.get(name);
          const conditions = rule === undefined ? [] : askedConditions(rule);
          const verdict = judge(conditions, facts);
          if (verdict === 'not-met') return [];
          return [[effect, verdict === 'met' ? [] : conditions.map(({ about, values }) => [about, values])]];
        });
      };
      return JSON.stringify([null, ...grants.map(({ role }) => role)].map(asSomebody));
    },
  };
}
