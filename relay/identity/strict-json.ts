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

/** Looks only at braces, brackets and strings; that all else is well-formed is for `JSON.parse` to say. */
function scan(text: string, maxDepth: number): void {
  // One entry per open bracket: member names of an object, null for an array.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '{' || char === '[') {
      if (open.length === maxDepth) throw new StrictJsonError(`is nested more than ${maxDepth} levels deep`);
      open.push(char === '{' ? new Set() : null);
    } else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const end = stringEnd(text, at);
      const names = open.at(-1);
      if (names instanceof Set && isName(text, end + 1)) addName(names, text.slice(at, end + 1));
      at = end;
    }
  }
}

function isName(text: string, after: number): boolean {
  let at = after;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r' || text[at] === '\n') at += 1;
  return text[at] === ':';
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  throw new StrictJsonError('is not valid JSON');
}

function addName(names: Set<string>, literal: string): void {
  let name: unknown;
  try {
    name = JSON.parse(literal);
  } catch (error) {
    throw new StrictJsonError('is not valid JSON', { cause: error });
  }
  if (names.has(String(name))) throw new StrictJsonError('names a member twice');
  names.add(String(name));
}
