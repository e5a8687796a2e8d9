import type { CompiledRule } from './compile-rule.ts';
import { compilePathPattern } from './path-pattern.ts';

interface Node {
  readonly children: Map<string, Node>;
  /** Places in the list of rules, of those with a pattern whose leading literal segments end here. */
  readonly rules: number[];
}

/** Finds the few rules of an API that could match a path, by the literal segments that their patterns begin with. */
export interface RuleIndex {
  /** Rules with a pattern that may match one of the readings, in the file's order; never leaves out one that does. */
  candidates(readings: readonly (readonly string[])[]): readonly CompiledRule[];
}

const none: readonly CompiledRule[] = [];

/** @param folds ways in which readings may be folded; patterns are looked for in each of them */
export function indexRules(rules: readonly CompiledRule[], folds: readonly ((text: string) => string)[]): RuleIndex {
  const root: Node = { children: new Map(), rules: [] };
  for (const [place, rule] of rules.entries()) {
    for (const { source } of rule.patterns) for (const fold of folds) insert(root, place, source, fold);
  }
  return {
    candidates(readings) {
      if (rules.length === 0) return none;
      const found: number[] = [];
      for (const segments of readings) collect(root, segments, found);
      if (found.length > 1) found.sort(ascending);
      const candidates: CompiledRule[] = [];
      let before = -1;
      for (const place of found) {
        const rule = rules[place];
        if (place !== before && rule !== undefined) candidates.push(rule);
        before = place;
      }
      return candidates;
    },
  };
}

function insert(root: Node, place: number, source: string, fold: (text: string) => string): void {
  let node = root;
  for (const pieces of compilePathPattern(source, fold).blocks[0] ?? []) {
    const [literal] = pieces;
    if (pieces.length !== 1 || literal === undefined) break;
    let child = node.children.get(literal);
    if (child === undefined) node.children.set(literal, (child = { children: new Map(), rules: [] }));
    node = child;
  }
  if (!node.rules.includes(place)) node.rules.push(place);
}

function collect(root: Node, segments: readonly string[], found: number[]): void {
  let node: Node | undefined = root;
  let depth = 0;
  while (node !== undefined) {
    for (const place of node.rules) found.push(place);
    const segment: string | undefined = segments[depth];
    node = segment === undefined ? undefined : node.children.get(segment);
    depth += 1;
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
