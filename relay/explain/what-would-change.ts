import type { ApiConfig } from '../config/config-schema.ts';
import type { Explanation } from './explain-request.ts';

/** What would change a decision, in sentences. */
export function whatWouldChange({ decision, considered, path }: Explanation, api: ApiConfig): readonly string[] {
  if (decision.rule?.startsWith('lock:') === true)
    return ['What would change it: the end of the lock. Rules come after it.'];
  if (path === null) return ['What would change it: send the path in its plain form.'];
  const held = considered
    .filter((rule) => rule.matched && rule.effect === decision.effect)
    .map((rule) => `“${rule.rule}”`);
  if (decision.effect === 'allow') {
    return [`What would change it: a deny rule for this request, or the end of ${held.join(' and ')}.`];
  }
  if (decision.stepUp !== undefined) return ['What would change it: a fresh sign-in, as the reason says.'];
  if (held.length > 0) return [`What would change it: only a change of the deny rule ${held.join(' and ')}.`];
  if (decision.unlockedBy.length > 0)
    return [`What would change it: the group ${decision.unlockedBy.join(', or the group ')}.`];
  const near = considered.filter((rule) => rule.effect === 'allow' && onlyMisses(rule.because).length > 0);
  if (near.length > 0) {
    return near.map((rule) => `What would change it, by rule “${rule.rule}”: ${onlyMisses(rule.because)}.`);
  }
  const hidden =
    api.when_locked === 'hide' ? ' The API is hidden from people without access, so they get no hint.' : '';
  return [`What would change it: an allow rule that matches this request and these groups.${hidden}`];
}

/** What keeps a rule from holding when method and path are right: what it asks of the caller or the moment. */
function onlyMisses(because: string): string {
  const misses = /^Doesn’t hold: (.*)\.$/.exec(because)?.[1] ?? '';
  const isFar = /it covers |its paths don’t match|its list of groups is empty/.test(misses);
  return isFar ? '' : misses;
}
