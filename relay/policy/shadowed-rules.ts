import type { RuleConfig } from '../config/config-schema.ts';
import { compilePathPattern, coversPattern, type PathPattern } from '../config/values/path-pattern.ts';

/** A rule that never decides anything, because others always do. */
export interface ShadowedRule {
  readonly rule: string;
  /** Who does: one rule that takes all of it, or several that do so together. */
  readonly by: readonly Pick<RuleConfig, 'name' | 'effect'>[];
}

/**
 * Allow rules of one API that deny rules, and allow rules before them, take everything from. What can’t be told for certain is
 * left out: conditions other than groups, methods, paths and kind count as narrower than none and as wide as the very same.
 */
export function shadowedRules(rules: readonly RuleConfig[]): readonly ShadowedRule[] {
  const live = rules.filter(({ groups }) => groups?.length !== 0).map(readRule);
  const denies = live.filter(({ rule }) => rule.effect === 'deny');
  const allows = live.filter(({ rule }) => rule.effect === 'allow');
  return allows.flatMap((narrow, index) => {
    const by = takersOf(narrow, [...denies, ...allows.slice(0, index)]);
    return by === null
      ? []
      : [{ rule: narrow.rule.name, by: by.map(({ rule: { name, effect } }) => ({ name, effect })) }];
  });
}

/** A rule with what it is for; `anything` stands for all there are. */
interface ReadRule {
  readonly rule: RuleConfig;
  readonly groups: readonly string[] | null;
  readonly methods: readonly string[] | null;
  readonly kinds: readonly ('person' | 'service')[];
  readonly paths: readonly PathPattern[];
}

/** One group, method, kind and path of a rule: what another rule takes as a whole or not at all. */
interface Part {
  readonly group: string | null;
  readonly method: string | null;
  readonly kind: 'person' | 'service';
  readonly path: PathPattern;
}

const anything = null;
/** A rule of more parts is looked at for single rules that take it, not for several that do so together. */
const mostParts = 500;
const conditions = ['claims', 'scopes', 'times', 'networks', 'device', 'max_auth_age', 'acr'] as const;

function readRule(rule: RuleConfig): ReadRule {
  const { groups, methods, kind, paths } = rule;
  return {
    rule,
    groups: groups === undefined || groups.includes('*') ? anything : groups,
    methods: methods.includes('*') ? anything : methods.includes('GET') ? [...methods, 'HEAD'] : methods,
    kinds: kind === undefined ? ['person', 'service'] : [kind],
    paths: paths.map((path) => compilePathPattern(path, (text) => text)),
  };
}

/** The first rule that takes all, else the rules that do so together; null where something is left. */
function takersOf(narrow: ReadRule, others: readonly ReadRule[]): readonly ReadRule[] | null {
  const fitting = others.filter(({ rule }) =>
    conditions.every((name) => rule[name] === undefined || same(rule[name], narrow.rule[name])),
  );
  const { groups, methods, kinds, paths } = narrow;
  const count = (groups?.length ?? 1) * (methods?.length ?? 1) * kinds.length * paths.length;
  const parts: readonly Part[] =
    count > mostParts
      ? []
      : (groups ?? [anything]).flatMap((group) =>
          (methods ?? [anything]).flatMap((method) =>
            kinds.flatMap((kind) => paths.map((path): Part => ({ group, method, kind, path }))),
          ),
        );
  const alone = fitting.find((other) => takesWhole(other, narrow));
  if (alone !== undefined) return [alone];
  const together = new Set<ReadRule>();
  for (const part of parts) {
    const taker = fitting.find((other) => takes(other, part));
    if (taker === undefined) return null;
    together.add(taker);
  }
  return together.size === 0 ? null : [...together];
}

function takesWhole(wide: ReadRule, narrow: ReadRule): boolean {
  return (
    holdsAll(wide.groups, narrow.groups) &&
    holdsAll(wide.methods, narrow.methods) &&
    holdsAll(wide.kinds, narrow.kinds) &&
    narrow.paths.every((path) => wide.paths.some((pattern) => coversPattern(pattern, path)))
  );
}

function takes({ groups, methods, kinds, paths }: ReadRule, { group, method, kind, path }: Part): boolean {
  return (
    holdsAll(groups, group === anything ? anything : [group]) &&
    holdsAll(methods, method === anything ? anything : [method]) &&
    kinds.includes(kind) &&
    paths.some((pattern) => coversPattern(pattern, path))
  );
}

function holdsAll(wide: readonly string[] | null, narrow: readonly string[] | null): boolean {
  if (wide === anything) return true;
  return narrow !== anything && narrow.every((entry) => wide.includes(entry));
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
