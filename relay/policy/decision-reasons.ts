import { reason, type Reason, type ReasonValue } from '../../shared/reason.ts';
import type { StepUp } from '../../shared/step-up.ts';
import type { CompiledRule } from './compile-rule.ts';
import type { ActiveGrant } from './decision.ts';
import type { SituationCondition } from './situation-conditions.ts';

/** What a sentence about a rule takes: what it is called, what it is about, and for whom of these groups it is. */
export function ruleValues(
  rule: CompiledRule,
  groups: ReadonlySet<string>,
): CompiledRule['subject'] & { readonly who: ReasonValue } {
  return { ...rule.subject, who: { and: [forWhom(rule, groups)] } };
}

function forWhom(rule: CompiledRule, groups: ReadonlySet<string>): Reason {
  const held = rule.everyone ? undefined : rule.groups.find((group) => groups.has(group));
  const asked = [...rule.callerConditions.map((one) => one.reason()), ...rule.situations.map(situationReason)];
  if (asked.length === 0) return held === undefined ? reason('for-everybody') : reason('for-group', { group: held });
  const conditions = { list: asked };
  return held === undefined
    ? reason('for-everybody-if', { conditions })
    : reason('for-group-if', { group: held, conditions });
}

/** When, where or with what a rule holds. */
export function situationReason(situation: SituationCondition): Reason {
  const [first, ...more] = situation.reasons();
  return first !== undefined && more.length === 0 ? first : reason('any-of', { parts: { or: situation.reasons() } });
}

/** Which groups would open what was refused. */
export function unlockReason(groups: readonly string[]): Reason {
  const [group, ...more] = groups;
  if (group === undefined) return reason('unlocked-by-none');
  return more.length === 0 ? reason('unlocked-by', { group }) : reason('unlocked-by-any', { groups: { any: groups } });
}

/** The grant because of which the sentence behind it holds. */
export function grantReason({ id, role, expiresAtMs, approvedBy }: ActiveGrant): Reason {
  return reason('grant', { grant: id, role, until: { atMs: expiresAtMs }, approver: approvedBy });
}

/** The fresh sign-in that reading or writing takes. */
export function needsSignIn(verb: 'reading' | 'writing', api: string, stepUp: StepUp): Reason {
  const { path, ...demand } = stepUp;
  if (path === undefined) return reason(`${verb}-needs`, { api, demand: { stepUp: demand } });
  return reason(`${verb}-at-needs`, { api, path, demand: { stepUp: demand } });
}
