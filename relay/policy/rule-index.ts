import type { CompiledRule } from './compile-rule.ts';

/** Rules of each kind, in the file's order. */
export interface RulesOfEachKind {
  readonly denies: readonly CompiledRule[];
  readonly allows: readonly CompiledRule[];
}

/** Finds the few rules of one kind that could match a path, by the literal segments that their patterns begin with. */
export interface RuleIndex {
  /**
   * Rules with a pattern that may match one reading of a path; never leaves out one that does. Costs a look for each
   * segment that the beginnings of patterns have, however many rules there are.
   */
  candidates(segments: readonly string[]): readonly CompiledRule[];
}

/** What begins with the same segments; its rules are also those of all that it begins with itself. */
interface Beginning {
  readonly next: Map<string, Beginning>;
  readonly places: Set<number>;
  rules: readonly CompiledRule[];
}

/** Takes the rules in the file's order. `nameOf` gives one name to all segments that the rules take for the same. */
export function indexRules(rules: readonly CompiledRule[], nameOf: (segment: string) => string): RuleIndex {
  const root = emptyBeginning();
  for (const [place, { beginnings }] of rules.entries())
    for (const beginning of beginnings) {
      let at = root;
      for (const segment of beginning) {
        const name = nameOf(segment);
        const next = at.next.get(name) ?? emptyBeginning();
        at.next.set(name, next);
        at = next;
      }
      at.places.add(place);
    }
  fill(root, rules, []);

  return {
    candidates(segments) {
      let at = root;
      for (const segment of segments) {
        if (at.next.size === 0) break;
        const next = at.next.get(nameOf(segment));
        if (next === undefined) break;
        at = next;
      }
      return at.rules;
    },
  };
}

function emptyBeginning(): Beginning {
  return { next: new Map(), places: new Set(), rules: [] };
}

function fill(at: Beginning, rules: readonly CompiledRule[], before: readonly number[]): void {
  const places = [...new Set([...before, ...at.places])].sort((a, b) => a - b);
  at.rules = places.flatMap((place) => rules[place] ?? []);
  for (const next of at.next.values()) fill(next, rules, places);
}
