const palette = 8;

/** Letter and colour (0–7) of an API's or relay's tile; the same name or id always gives the same. */
export function tileOf(id: string, name: string): { readonly letter: string; readonly colour: number } {
  let hash = 2166136261;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619) >>> 0;
  const letter = [...name.trim()][0] ?? [...id][0] ?? '?';
  return { letter: letter.toUpperCase(), colour: hash % palette };
}

/** Initials of a person: first and last word's first letters. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? '')][0] ?? '?';
  const last = words.length > 1 ? ([...(words[words.length - 1] ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}
