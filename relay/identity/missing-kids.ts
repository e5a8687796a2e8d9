/** Which keys an issuer is known not to publish, and which were asked for since its keys were fetched. */
export interface MissingKids {
  /** Notes that a token names this key, which isn’t at hand; whether the next fetch may bring it. */
  ask(kid: unknown): boolean;
  /** The keys were fetched, and these are all. */
  didFetch(published: ReadonlySet<string>): void;
}

const maxKids = 10_000;
const maxKidLength = 256;

/**
 * A key that was asked for before a fetch and isn’t in what it brought is missing until the next one; so is a key that
 * was published before. Of any other nobody can tell: it may be newer than the keys at hand. Bounded, because strangers
 * make names up: beyond the bound, a name counts as one that may appear.
 */
export function createMissingKids(): MissingKids {
  let asked = new Set<string>();
  let missing = new Set<string>();
  let published: ReadonlySet<string> = new Set();
  const isMissing = (kid: string): boolean => missing.has(kid) || published.has(kid);
  return {
    ask(kid) {
      if (typeof kid !== 'string' || kid === '' || kid.length > maxKidLength) return false;
      if (asked.size < maxKids) asked.add(kid);
      return !isMissing(kid);
    },
    didFetch(found) {
      const gone = [...published, ...missing, ...asked].filter((kid) => !found.has(kid));
      missing = new Set(gone.slice(0, maxKids));
      published = found;
      asked = new Set();
    },
  };
}
