import { type Caller, type CompiledRule, coversGroups } from './compile-rule.ts';
import type { ConsideredRule, PolicyContext, PolicyRequest } from './decision.ts';
import type { PathReadings } from './path-readings.ts';
import { groupWords, listWords, methodWords } from './rule-words.ts';

/** Tells whether a rule holds for a request, and if not, everything that keeps it from holding. */
export function considerRule(
  rule: CompiledRule,
  caller: Caller,
  request: PolicyRequest,
  context: PolicyContext,
  readings: PathReadings,
): ConsideredRule {
  const misses: string[] = [];
  if (!coversGroups(rule, caller.groups)) {
    misses.push(
      rule.groups.length === 0
        ? 'its list of groups is empty, so it is for nobody'
        : `it is for ${groupWords(rule.groups)}`,
    );
  }
  for (const condition of rule.callerConditions) {
    if (!condition.holds(caller.subject)) misses.push(`it is for ${condition.words}`);
  }
  if (!rule.coversMethod(request.method)) misses.push(`it covers ${methodWords(rule.methods)}, not ${request.method}`);
  if (!rule.coversPath(readings)) {
    misses.push(`its paths don’t match: ${listWords(rule.patterns.map((pattern) => pattern.source))}`);
  }
  for (const situation of rule.situations) {
    if (!situation.holds(context)) misses.push(`it holds only ${situation.words}`);
  }
  if (rule.stepUp?.isMetBy(caller.subject, context.timeMs) === false) misses.push(`it asks for ${rule.stepUp.words}`);
  const matched = misses.length === 0;
  const because = matched ? `${rule.sentence}.` : `Doesn’t hold: ${misses.join('; ')}.`;
  return { rule: rule.name, effect: rule.effect, matched, because };
}
