import type { DatabaseSync } from 'node:sqlite';
import type { HashOf, Subtree } from './subtrees.ts';
import { leafHash, nodeHash } from './tree-hash.ts';

/**
 * Hashes of the tree in the audit's database: those that are kept, and the others from the kept ones and the records.
 * What is asked twice is answered from memory. A missing record counts as an empty one, which fits nothing signed.
 */
export function storedTree(database: DatabaseSync): HashOf {
  const kept = database.prepare('SELECT hash FROM tree WHERE level = ? AND number = ?');
  const record = database.prepare('SELECT payload FROM audit WHERE seq = ?');
  const known = new Map<string, Uint8Array>();
  const find = ({ level, index }: Subtree): Uint8Array => {
    const stored = kept.get(level, index)?.['hash'];
    if (stored instanceof Uint8Array) return stored;
    if (level > 0)
      return nodeHash(
        hashOf({ level: level - 1, index: index * 2 }),
        hashOf({ level: level - 1, index: index * 2 + 1 }),
      );
    return leafHash(String(record.get(index + 1)?.['payload'] ?? ''));
  };
  const hashOf = (subtree: Subtree): Uint8Array => {
    const name = `${subtree.level}/${subtree.index}`;
    const hash = known.get(name) ?? find(subtree);
    known.set(name, hash);
    return hash;
  };
  return hashOf;
}
