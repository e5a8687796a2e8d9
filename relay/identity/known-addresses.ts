import { LRUCache } from 'lru-cache';

/** Addresses from where somebody has signed in of late. */
export interface KnownAddresses {
  has(address: string | undefined, nowMs: number): boolean;
  /** Somebody’s sign-in was accepted from there. */
  add(address: string | undefined, nowMs: number): void;
}

const maxAddresses = 10_000;
const maxAgeMs = 86_400_000;

/** Bounded in number and age, and only accepted sign-ins push others out. */
export function createKnownAddresses(): KnownAddresses {
  const seenAtMs = new LRUCache<string, number>({ max: maxAddresses });
  return {
    has(address, nowMs) {
      const atMs = address === undefined ? undefined : seenAtMs.peek(address);
      return atMs !== undefined && nowMs - atMs < maxAgeMs;
    },
    add(address, nowMs) {
      if (address !== undefined && address !== '') seenAtMs.set(address, nowMs);
    },
  };
}
