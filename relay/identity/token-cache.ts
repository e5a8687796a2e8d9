import { hash } from 'node:crypto';
import type { Identity } from './identity.ts';
import type { KeySet } from './key-set.ts';

/** What a verified token said, and the keys that verified it. */
export interface VerifiedToken {
  readonly identity: Identity;
  readonly set: KeySet;
}

/** Verified tokens by SHA-256; holds no token. The least recently used go first. */
export interface TokenCache {
  get(token: string): VerifiedToken | undefined;
  put(token: string, verified: VerifiedToken): void;
  delete(token: string): void;
  clear(): void;
}

/** Bounded by entries and by the summed size of the tokens, which also bounds what their claims take. */
export function createTokenCache(maxEntries = 10_000, maxBytes = 32 * 1_048_576): TokenCache {
  const entries = new Map<string, VerifiedToken & { readonly bytes: number }>();
  let bytes = 0;
  const nameOf = (token: string): string => hash('sha256', token, 'base64');
  const drop = (name: string): void => {
    bytes -= entries.get(name)?.bytes ?? 0;
    entries.delete(name);
  };
  return {
    get(token) {
      const name = nameOf(token);
      const found = entries.get(name);
      if (found === undefined) return undefined;
      entries.delete(name);
      entries.set(name, found);
      return found;
    },
    put(token, verified) {
      const name = nameOf(token);
      drop(name);
      entries.set(name, { ...verified, bytes: token.length });
      bytes += token.length;
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && bytes <= maxBytes) break;
        drop(oldest);
      }
    },
    delete: (token) => drop(nameOf(token)),
    clear() {
      entries.clear();
      bytes = 0;
    },
  };
}
