import type { RuleConfig } from '../config/config-schema.ts';

/** A rule that never decides anything, because another one always does. */
export interface ShadowedRule {
  readonly rule: string;
  readonly by: string;
  readonly effect: RuleConfig['effect'];
}

/**
 * Allow rules of one API that a deny rule, or an allow rule before them, takes everything from. What can’t be told for certain is
 * left out: conditions other than groups, methods and paths count as narrower than none and as wide as the very same.
 */
export function shadowedRules(rules: readonly RuleConfig[]): readonly ShadowedRule[] {
  const live = rules.filter(({ groups }) => groups?.length !== 0);
  const denies = live.filter(({ effect }) => effect === 'deny');
  const allows = live.filter(({ effect }) => effect === 'allow');
  return allows.flatMap((rule, index) => {
    const by = [...denies, ...allows.slice(0, index)].find((other) => takesAll(other, rule));
    return by === undefined ? [] : [{ rule: rule.name, by: by.name, effect: by.effect }];
  });
}

function takesAll(wide: RuleConfig, narrow: RuleConfig): boolean {
  return (
    holdsAll(everybody(wide.groups), everybody(narrow.groups)) &&
    holdsAll(methodsOf(wide), methodsOf(narrow)) &&
    narrow.paths.every((path) => wide.paths.some((pattern) => covers(pattern, path))) &&
    conditions.every((name) => wide[name] === undefined || same(wide[name], narrow[name]))
  );
}

const conditions = ['kind', 'claims', 'scopes', 'times', 'networks', 'device', 'max_auth_age', 'acr'] as const;
const anything = null;

/** `null` stands for all there are. */
function holdsAll(wide: readonly string[] | null, narrow: readonly string[] | null): boolean {
  if (wide === anything) return true;
  return narrow !== anything && narrow.every((entry) => wide.includes(entry));
}

function everybody(groups: readonly string[] | undefined): readonly string[] | null {
  return groups === undefined || groups.includes('*') ? anything : groups;
}

function methodsOf({ methods }: RuleConfig): readonly string[] | null {
  if (methods.includes('*')) return anything;
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
}

/** Whether every path that fits one pattern fits the other; false where that takes more than a look at their beginnings. */
function covers(wide: string, narrow: string): boolean {
  if (wide === narrow || wide === '/**') return true;
  const beginning = wide.endsWith('/**') ? wide.slice(0, -3) : undefined;
  if (beginning === undefined || beginning.includes('*')) return false;
  return narrow === beginning || narrow.startsWith(`${beginning}/`);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
