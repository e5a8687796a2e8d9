import { type HashOf, type Subtree, subtreesOf } from './subtrees.ts';
import { emptyRoot, nodeHash } from './tree-hash.ts';

/** Each this many levels the hash of a complete subtree is kept, so that a proof reads few records. */
const keptLevels = 8;

/** The right edge of a tree that grows: what is needed to add leaves and to know the root. */
export interface TreeEdge {
  readonly size: number;
  add(leaf: Uint8Array): void;
  root(): Uint8Array;
  /** Hashes of the complete subtrees that the tree consists of, largest first, as {@link subtreesOf} lists them. */
  hashes(): Uint8Array[];
}

/** Goes on from `size` leaves with the hashes of their subtrees; tells of each complete subtree whose hash is to be kept. */
export function createTreeEdge(
  size: number,
  hashes: readonly Uint8Array[],
  didComplete: (subtree: Subtree, hash: Uint8Array) => void = () => {},
): TreeEdge {
  const stack = [...hashes];
  let leaves = size;
  return {
    get size() {
      return leaves;
    },
    add(leaf) {
      let hash = leaf;
      let level = 0;
      let index = leaves;
      while (index % 2 === 1) {
        const left = stack.pop();
        if (left === undefined) throw new Error('the edge of the tree lacks a hash');
        hash = nodeHash(left, hash);
        level += 1;
        index = (index - 1) / 2;
        if (level % keptLevels === 0) didComplete({ level, index }, hash);
      }
      stack.push(hash);
      leaves += 1;
    },
    root: () => (stack.length === 0 ? emptyRoot : stack.reduceRight((right, left) => nodeHash(left, right))),
    hashes: () => [...stack],
  };
}

/** The edge of a tree that is stored. */
export function edgeOf(
  size: number,
  hashOf: HashOf,
  didComplete?: (subtree: Subtree, hash: Uint8Array) => void,
): TreeEdge {
  return createTreeEdge(size, subtreesOf(0, size).map(hashOf), didComplete);
}
