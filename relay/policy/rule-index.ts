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
   * length that the beginnings of patterns have, however many rules there are.
   */
  candidates(segments: readonly string[]): readonly CompiledRule[];
}

/** Takes the rules in the file's order. `nameOf` gives one name to all segments that the rules take for the same. */
export function indexRules(rules: readonly CompiledRule[], nameOf: (segment: string) => string): RuleIndex {
  const places = new Map<string, number[]>();
  const lengths = new Set<number>();
  for (const [place, { beginnings }] of rules.entries())
    for (const beginning of beginnings) {
      const text = textOf(beginning.map(nameOf));
      const present = places.get(text);
      if (present === undefined) places.set(text, [place]);
      else present.push(place);
      lengths.add(beginning.length);
    }
  // What begins alike is put together, so that the longest beginning that a path has tells all.
  const found = new Map<string, readonly CompiledRule[]>();
  for (const text of places.keys()) {
    const all = new Set(shorterTexts(text).flatMap((shorter) => places.get(shorter) ?? []));
    found.set(
      text,
      [...all].sort((a, b) => a - b).flatMap((place) => rules[place] ?? []),
    );
  }
  const ascending = [...lengths].sort((a, b) => a - b);

  return {
    candidates(segments) {
      let longest: readonly CompiledRule[] = [];
      let text = '';
      let at = 0;
      for (const length of ascending) {
        if (length > segments.length) break;
        for (; at < length; at += 1) text = `${text}/${nameOf(segments[at] ?? '')}`;
        longest = found.get(text) ?? longest;
      }
      return longest;
    },
  };
}

function textOf(segments: readonly string[]): string {
  return segments.map((segment) => `/${segment}`).join('');
}

/**
 * The text itself and all that it begins with, up to a slash. A segment may hold a slash that was encoded; lists of
 * segments can then look alike, which only adds candidates.
 */
function shorterTexts(text: string): readonly string[] {
  const texts = [text];
  for (let end = text.lastIndexOf('/'); end >= 0; end = end === 0 ? -1 : text.lastIndexOf('/', end - 1))
    texts.push(text.slice(0, end));
  return texts;
}
