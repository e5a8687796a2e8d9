import { type CompiledRule, coversGroups } from './compile-rule.ts';
import type { ConsideredRule, PolicyRequest } from './decision.ts';
import type { PathReadings } from './path-readings.ts';
import { groupWords, listWords, methodWords } from './rule-words.ts';

/** Tells whether a rule holds for a request, and if not, everything that keeps it from holding. */
export function considerRule(
  rule: CompiledRule,
  groups: ReadonlySet<string>,
  request: PolicyRequest,
  readings: PathReadings,
): ConsideredRule {
  const misses: string[] = [];
  if (!coversGroups(rule, groups)) {
    misses.push(
      rule.groups.length === 0
        ? 'its list of groups is empty, so it is for nobody'
        : `it is for ${groupWords(rule.groups)}`,
    );
  }
  if (!rule.coversMethod(request.method)) misses.push(`it covers ${methodWords(rule.methods)}, not ${request.method}`);
  if (!rule.coversPath(readings)) {
    misses.push(`its paths don’t match: ${listWords(rule.patterns.map((pattern) => pattern.source))}`);
  }
  const matched = misses.length === 0;
  const because = matched ? `${rule.sentence}.` : `Doesn’t hold: ${misses.join('; ')}.`;
  return { rule: rule.name, effect: rule.effect, matched, because };
}
