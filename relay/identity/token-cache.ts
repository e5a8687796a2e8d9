import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
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
  const entries = new LRUCache<string, VerifiedToken>({ max: maxEntries, maxSize: maxBytes });
  const nameOf = (token: string): string => hash('sha256', token, 'base64');
  return {
    get: (token) => entries.get(nameOf(token)),
    put: (token, verified) => void entries.set(nameOf(token), verified, { size: token.length }),
    delete: (token) => void entries.delete(nameOf(token)),
    clear: () => entries.clear(),
  };
}
