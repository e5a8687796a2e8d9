/** Header names, some by prefix. Compared folded, so that no spelling that a server may fold gets around an entry. */
export interface NameSet {
  /** @param foldedName as `folded` makes it */
  has(foldedName: string): boolean;
}

/** A name as CGI-style servers read it: every character but letters and digits becomes “-” (RFC 3875 §4.1.18). */
export function folded(lowerName: string): string {
  return /^[a-z0-9-]*$/.test(lowerName) ? lowerName : lowerName.replace(/[^a-z0-9]/g, '-');
}

/** @param entries names in any case; one that ends in `*` stands for all that begin so */
export function compileNames(entries: readonly string[]): NameSet {
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const entry of entries) {
    const lower = entry.toLowerCase();
    if (lower.endsWith('*')) prefixes.push(folded(lower.slice(0, -1)));
    else exact.add(folded(lower));
  }
  return {
    has: (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix)),
  };
}
