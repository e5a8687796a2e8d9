/** Thrown by {@link parseStrictJson}; the message names what is wrong and where, not the content. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError';
}

/**
 * Parses a JSON object as `JSON.parse` does, but refuses what parsers read differently from one another: a member
 * named twice (also when one name is escaped) and nesting deeper than `maxDepth`. Does not recurse before both hold.
 */
export function parseStrictJson(text: string, maxDepth = 16): Readonly<Record<string, unknown>> {
  scan(text, maxDepth);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StrictJsonError('is not valid JSON', { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new StrictJsonError('is not a JSON object');
  return value as Readonly<Record<string, unknown>>;
}

const quote = 0x22;
const escape = 0x5c;

/** Looks only at braces, brackets and strings; that all else is well-formed is for `JSON.parse` to say. */
function scan(text: string, maxDepth: number): void {
  const hasEscapes = text.includes('\\');
  // One entry per open bracket: member names of an object, null for an array.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    // Most of a text is inside of its strings, and those are skipped.
    if (char === quote) {
      const end = hasEscapes ? stringEnd(text, at) : text.indexOf('"', at + 1);
      if (end < 0) throw new StrictJsonError('is not valid JSON');
      const names = open.length === 0 ? null : open[open.length - 1];
      if (names instanceof Set && isName(text, end + 1))
        addName(names, hasEscapes ? unescaped(text.slice(at, end + 1)) : text.slice(at + 1, end));
      at = end;
    } else if (char === 0x7b || char === 0x5b) {
      if (open.length === maxDepth) throw new StrictJsonError(`is nested more than ${maxDepth} levels deep`);
      open.push(char === 0x7b ? new Set() : null);
    } else if (char === 0x7d || char === 0x5d) open.pop();
  }
}

function isName(text: string, after: number): boolean {
  let at = after;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r' || text[at] === '\n') at += 1;
  return text[at] === ':';
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === escape) at += 1;
    else if (char === quote) return at;
  }
  return -1;
}

/** What a string literal says: a name can be written in many ways. */
function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch (error) {
    throw new StrictJsonError('is not valid JSON', { cause: error });
  }
}

function addName(names: Set<string>, name: string): void {
  if (names.has(name)) throw new StrictJsonError('names a member twice');
  names.add(name);
}
