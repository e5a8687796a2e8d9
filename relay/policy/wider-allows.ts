import type { RuleConfig } from '../config/config-schema.ts';
import { compilePathPattern, literalBeginning, matchesPath } from '../config/values/path-pattern.ts';

/** A deny rule, an allow rule that reaches names beside the denied ones, and the denied path. */
export interface WiderAllow {
  readonly deny: string;
  readonly allow: string;
  readonly path: string;
}

/**
 * Deny rules of one API beside which an allow rule is so wide that another name for the denied thing would be allowed,
 * each with the first such allow rule. Rules for nobody and deny rules for a whole API are left out.
 */
export function widerAllows(rules: readonly RuleConfig[]): readonly WiderAllow[] {
  const asWritten = (text: string): string => text;
  const live = rules.filter(({ groups }) => groups?.length !== 0);
  const allows = live
    .filter(({ effect }) => effect === 'allow')
    .map(({ name, paths }) => ({ name, patterns: paths.map((path) => compilePathPattern(path, asWritten)) }));
  return live
    .filter(({ effect }) => effect === 'deny')
    .flatMap(({ name: deny, paths }) => {
      for (const path of paths) {
        const denied = literalBeginning(compilePathPattern(path, asWritten));
        const last = denied.at(-1);
        if (last === undefined) continue;
        const otherName = [...denied.slice(0, -1), `${last.slice(0, 6)}~1`];
        const wide = allows.find(({ patterns }) => patterns.some((pattern) => matchesPath(pattern, otherName)));
        if (wide !== undefined) return [{ deny, allow: wide.name, path }];
      }
      return [];
    });
}
