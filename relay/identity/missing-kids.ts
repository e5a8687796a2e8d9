import { LRUCache } from 'lru-cache';

/** Which keys an issuer is known not to publish, and which were asked for since its keys were fetched. */
export interface MissingKids {
  /** Notes that a token names this key, which isn’t at hand; whether a fetch may bring it, and since when it is asked for. */
  ask(kid: unknown, nowMs: number): { readonly mayAppear: boolean; readonly firstAskedMs: number };
  /** A fetch begins: what it brings speaks of the keys that were asked for by now. */
  willFetch(): void;
  /** The keys were fetched, and these are all. */
  didFetch(published: ReadonlySet<string>): void;
}

const maxKids = 10_000;
const maxKidLength = 256;

/**
 * A key that was asked for before a fetch began and isn’t in what it brought is missing until the next one; so is a key
 * that was published before. Of any other nobody can tell: it may be newer than the keys at hand. Bounded, because
 * strangers make names up: what was asked for longest ago is forgotten first, and counts as one that may appear.
 */
export function createMissingKids(): MissingKids {
  const asked = new LRUCache<string, number>({ max: maxKids });
  let askedBefore: readonly string[] = [];
  let missing = new Set<string>();
  let published: ReadonlySet<string> = new Set();
  return {
    ask(kid, nowMs) {
      if (typeof kid !== 'string' || kid === '' || kid.length > maxKidLength)
        return { mayAppear: false, firstAskedMs: nowMs };
      const firstAskedMs = asked.get(kid) ?? nowMs;
      asked.set(kid, firstAskedMs);
      return { mayAppear: !missing.has(kid) && !published.has(kid), firstAskedMs };
    },
    willFetch() {
      askedBefore = [...asked.rkeys()];
    },
    didFetch(found) {
      const gone = [...published, ...missing, ...askedBefore].filter((kid) => !found.has(kid));
      // The latest are the ones that are being asked for.
      missing = new Set(gone.slice(-maxKids));
      for (const kid of askedBefore) asked.delete(kid);
      askedBefore = [];
      published = found;
    },
  };
}
