import { emptyRoot, nodeHash } from './tree-hash.ts';

/** A complete subtree: the `index`-th one of 2^`level` leaves. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** Answers the hash of a complete subtree. */
export type HashOf = (subtree: Subtree) => Uint8Array;

/** Largest power of two below `size` (RFC 6962 §2.1). */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** The complete subtrees that leaves `start` to `end` (not included) consist of; `start` is where such a range begins in a tree. */
export function subtreesOf(start: number, end: number): Subtree[] {
  const subtrees: Subtree[] = [];
  let at = start;
  for (let level = 52; level >= 0; level -= 1) {
    const leaves = 2 ** level;
    if (end - at < leaves) continue;
    subtrees.push({ level, index: at / leaves });
    at += leaves;
  }
  return subtrees;
}

/** Hash of leaves `start` to `end` (not included), which RFC 6962 writes MTH(D[start:end]). */
export function rangeHash(start: number, end: number, hashOf: HashOf): Uint8Array {
  if (end === start) return emptyRoot;
  return subtreesOf(start, end)
    .map(hashOf)
    .reduceRight((right, left) => nodeHash(left, right));
}

/** Hashes that prove that the leaf is in the tree, lowest first: PATH(index, D[size]) in RFC 6962 §2.1.1. */
export function inclusionProof(index: number, size: number, hashOf: HashOf): Uint8Array[] {
  const path = (at: number, start: number, end: number): Uint8Array[] => {
    if (end - start === 1) return [];
    const middle = start + splitOf(end - start);
    return at < middle
      ? [...path(at, start, middle), rangeHash(middle, end, hashOf)]
      : [...path(at, middle, end), rangeHash(start, middle, hashOf)];
  };
  return path(index, 0, size);
}

/** Hashes that prove that the first `from` leaves of a tree of `size` are those of the older tree: RFC 6962 §2.1.2. */
export function consistencyProof(from: number, size: number, hashOf: HashOf): Uint8Array[] {
  const proof = (old: number, start: number, end: number, known: boolean): Uint8Array[] => {
    if (old === end - start) return known ? [] : [rangeHash(start, end, hashOf)];
    const split = splitOf(end - start);
    const middle = start + split;
    return old <= split
      ? [...proof(old, start, middle, known), rangeHash(middle, end, hashOf)]
      : [...proof(old - split, middle, end, false), rangeHash(start, middle, hashOf)];
  };
  return from === 0 || from === size ? [] : proof(from, 0, size, true);
}

/** The root that a proof of {@link inclusionProof} leads to from a leaf. */
export function rootOfInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Uint8Array {
  const rootOf = (at: number, start: number, end: number, hashes: readonly Uint8Array[]): Uint8Array => {
    const sibling = hashes.at(-1);
    if (end - start === 1 || sibling === undefined) return leaf;
    const middle = start + splitOf(end - start);
    const below = hashes.slice(0, -1);
    return at < middle
      ? nodeHash(rootOf(at, start, middle, below), sibling)
      : nodeHash(sibling, rootOf(at, middle, end, below));
  };
  return rootOf(index, 0, size, proof);
}

/** The root that a proof of {@link consistencyProof} leads to from the root of the older tree. */
export function rootOfConsistency(
  oldRoot: Uint8Array,
  from: number,
  size: number,
  proof: readonly Uint8Array[],
): Uint8Array {
  const rootOf = (
    old: number,
    start: number,
    end: number,
    known: boolean,
    hashes: readonly Uint8Array[],
  ): Uint8Array => {
    const last = hashes.at(-1);
    if (old === end - start || last === undefined) return known ? oldRoot : (last ?? oldRoot);
    const split = splitOf(end - start);
    const middle = start + split;
    const below = hashes.slice(0, -1);
    return old <= split
      ? nodeHash(rootOf(old, start, middle, known, below), last)
      : nodeHash(last, rootOf(old - split, middle, end, false, below));
  };
  return from === size ? oldRoot : rootOf(from, 0, size, true, proof);
}
