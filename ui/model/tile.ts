const palette = 8;

/** Letter and colour (0–7) of an API's or relay's tile; the same name or id always gives the same. */
export function tileOf(id: string, name: string): { readonly letter: string; readonly colour: number } {
  let hash = 2166136292;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  hash = (hash ^ (hash >>> 12)) >>> 0;
  const letter = firstLetter(name) ?? firstLetter(id) ?? '?';
  return { letter: letter.toUpperCase(), colour: hash % palette };
}

/** Initials of a person: first and last word's first letters. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = firstLetter(words[0] ?? '') ?? '?';
  const last = words.length > 1 ? (firstLetter(words[words.length - 1] ?? '') ?? '') : '';
  return (first + last).toUpperCase();
}

function firstLetter(text: string): string | undefined {
  return /[\p{L}\p{N}]/u.exec(text)?.[0];
}
