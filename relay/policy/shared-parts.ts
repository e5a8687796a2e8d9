import { compilePathPattern, type PathPattern } from '../config/values/path-pattern.ts';

/**
 * Parts that many rules have in common, each made once: a decision then looks at memory that other decisions have just
 * looked at, however many APIs there are.
 */
export interface SharedParts {
  pattern(source: string, fold: (text: string) => string): PathPattern;
  /** The part of this kind for these words, made when it is first asked for. */
  of<Part>(kind: string, words: readonly string[], make: () => Part): Part;
  /** The same text, and always the same string. */
  text(text: string): string;
}

/** Parts of one policy; they go when the policy goes. */
export function createSharedParts(): SharedParts {
  const patterns = new Map<(text: string) => string, Map<string, PathPattern>>();
  const parts = new Map<string, unknown>();
  const texts = new Map<string, string>();
  return {
    pattern(source, fold) {
      let bySource = patterns.get(fold);
      if (bySource === undefined) patterns.set(fold, (bySource = new Map()));
      let pattern = bySource.get(source);
      if (pattern === undefined) bySource.set(source, (pattern = compilePathPattern(source, fold)));
      return pattern;
    },
    of<Part>(kind: string, words: readonly string[], make: () => Part): Part {
      const name = JSON.stringify([kind, words]);
      // A kind has parts of one type: it is named where they are made.
      if (!parts.has(name)) parts.set(name, make());
      return parts.get(name) as Part;
    },
    text(text) {
      const known = texts.get(text);
      if (known === undefined) texts.set(text, text);
      return known ?? text;
    },
  };
}
