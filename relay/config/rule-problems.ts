import { parseClaimPath } from './values/claim-path.ts';
import { pathFormsOf } from './path-forms-of.ts';
import { networkRangeProblem } from './values/network-range.ts';
import { pathPatternProblem } from './values/path-pattern.ts';
import { isTimeZone } from './values/time-zone.ts';
import type { ApiConfig, RuleConfig } from './config-schema.ts';
import type { Report } from './yaml-source.ts';

/** What a schema can't see of one rule: patterns, claim paths, zones and networks that could never work. */
export function checkRule(rule: RuleConfig, api: ApiConfig, place: readonly PropertyKey[], report: Report): void {
  for (const [index, pattern] of rule.paths.entries()) {
    const problem = pathPatternProblem(pattern, { allow: pathFormsOf(api) });
    if (problem !== undefined) report([...place, 'paths', index], sentence(problem));
  }
  for (const path of Object.keys(rule.claims ?? {})) {
    if (parseClaimPath(path) === undefined && !path.includes('://')) {
      report([...place, 'claims', path], 'isn’t a claim path. Write “a.b”, or quote names that hold dots.', 'key');
    }
  }
  for (const [index, window] of (rule.times ?? []).entries()) {
    if (!isTimeZone(window.zone)) {
      report([...place, 'times', index, 'zone'], 'isn’t a time zone. Write one like “Europe/Berlin”, or “UTC”.');
    }
    if (window.from === '24:00') report([...place, 'times', index, 'from'], 'must be before 24:00. Write “00:00”.');
    if (window.from === window.to) {
      report([...place, 'times', index, 'to'], 'is the same as “from”. Leave both out for whole days.');
    }
  }
  for (const [index, network] of (rule.networks ?? []).entries()) {
    const problem = networkRangeProblem(network);
    if (problem !== undefined) report([...place, 'networks', index], sentence(problem));
  }
  if (rule.effect === 'deny') {
    for (const key of ['max_auth_age', 'acr'] as const) {
      if (rule[key] === undefined) continue;
      report(
        [...place, key],
        'belongs to allow rules. Put it there: what needs a fresh sign-in is denied without.',
        'key',
      );
    }
  }
}

function sentence(problem: string): string {
  return `${problem}.`.replace(/\.\.$/, '.');
}
