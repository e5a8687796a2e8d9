import type { RuleConfig } from '../config/config-schema.ts';
import type { ConsideredRule } from '../policy/decision.ts';
import { type AskedCondition, askedConditions, excludes, implies } from './asked-conditions.ts';

/** What a decision that was recorded tells of its caller. */
export interface KnownFacts {
  /** Each was met. */
  readonly met: readonly AskedCondition[];
  /** Of each list, something was not met. */
  readonly notAllMet: readonly (readonly AskedCondition[])[];
}

export const nothingKnown: KnownFacts = Object.freeze({ met: [], notAllMet: [] });

/** A decision as it was recorded: by which rule, and whether it asked for a fresh sign-in. */
export interface RecordedVerdict {
  readonly effect: 'allow' | 'deny';
  readonly rule: string | null;
  readonly grant: string | undefined;
  readonly isStepUp: boolean;
}

/**
 * What follows from a decision about what no record tells: the rule that decided had all its conditions met, and what would
 * have decided before it had not. Pure.
 * @param considered rules with all such conditions taken out, as they hold for the request and the caller’s own groups;
 * deny rules first
 */
export function factsOf(
  verdict: RecordedVerdict,
  considered: readonly ConsideredRule[],
  rules: readonly RuleConfig[],
): KnownFacts {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const met: AskedCondition[] = [];
  const notAllMet: (readonly AskedCondition[])[] = [];
  const decidedBy = verdict.grant === undefined ? verdict.rule : null;
  for (const { rule: name, matched } of considered) {
    const rule = byName.get(name);
    const conditions = rule === undefined ? [] : askedConditions(rule);
    if (!matched) continue;
    if (name === decidedBy && !verdict.isStepUp) {
      met.push(...conditions);
      return { met, notAllMet };
    }
    if (name === decidedBy) {
      met.push(...conditions.filter(({ isOfSignIn }) => !isOfSignIn));
      notAllMet.push(conditions.filter(({ isOfSignIn }) => isOfSignIn));
    } else if (conditions.length > 0) notAllMet.push(conditions);
  }
  return { met, notAllMet };
}

/** Whether a rule's conditions are met, by what is known. Pure. */
export function judge(
  conditions: readonly AskedCondition[],
  { met, notAllMet }: KnownFacts,
): 'met' | 'not-met' | 'unknown' {
  if (conditions.some(({ values }) => typeof values !== 'number' && values.length === 0)) return 'not-met';
  if (conditions.every((one) => met.some((known) => implies(known, one)))) return 'met';
  if (conditions.some((one) => met.some((known) => excludes(known, one)))) return 'not-met';
  const isRefuted = notAllMet.some((list) => list.every((missing) => conditions.some((one) => implies(one, missing))));
  return isRefuted ? 'not-met' : 'unknown';
}
