import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consistencyProof, type HashOf, inclusionProof, rangeHash } from '../../../../relay/audit/tree/subtrees.ts';
import { createTreeEdge, edgeOf } from '../../../../relay/audit/tree/tree-edge.ts';
import { leafHash, nodeHash } from '../../../../relay/audit/tree/tree-hash.ts';
import { rootOfLines, verifiesConsistency, verifiesInclusion } from '../independent-verifier.ts';

const linesUpTo = (size: number): string[] => Array.from({ length: size }, (_, at) => `record ${at} ü 😀`);

function hashesOf(lines: readonly string[]): HashOf {
  const hashOf: HashOf = ({ level, index }) =>
    level === 0
      ? leafHash(lines[index] ?? '')
      : nodeHash(hashOf({ level: level - 1, index: index * 2 }), hashOf({ level: level - 1, index: index * 2 + 1 }));
  return hashOf;
}
const buffers = (hashes: readonly Uint8Array[]): Buffer[] => hashes.map((hash) => Buffer.from(hash));

describe('the tree', () => {
  it('refuses nothing that RFC 6962 defines: roots of every size up to 70, grown leaf by leaf', () => {
    const lines = linesUpTo(70);
    const edge = createTreeEdge(0, []);
    expect(Buffer.from(edge.root())).toEqual(rootOfLines([]));
    for (const [at, line] of lines.entries()) {
      edge.add(leafHash(line));
      const sofar = lines.slice(0, at + 1);
      expect(Buffer.from(edge.root())).toEqual(rootOfLines(sofar));
      expect(Buffer.from(rangeHash(0, at + 1, hashesOf(sofar)))).toEqual(rootOfLines(sofar));
    }
  });

  it('has the known root of the empty tree and of the one empty leaf', () => {
    expect(rootOfLines([]).toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(leafHash('').toString('hex')).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  });

  it.each<[what: string, line: string]>([
    ['the most of three bytes each that fits without growing', '東'.repeat(21_845)],
    ['one letter more', '東'.repeat(21_846)],
    ['much more', '東'.repeat(100_000)],
    ['little after much', 'ü'],
  ])('has leaves of all their bytes: %s', (_what, line) => {
    expect(leafHash(line)).toEqual(
      createHash('sha256')
        .update(Buffer.from([0]))
        .update(line, 'utf8')
        .digest(),
    );
  });

  it('tells of each complete subtree of 256 and 65,536 leaves once', () => {
    const completed: string[] = [];
    const edge = createTreeEdge(0, [], ({ level, index }) => completed.push(`${level}/${index}`));
    for (let at = 0; at < 65_536 + 300; at += 1) edge.add(leafHash(''));
    expect(completed).toHaveLength(258);
    expect(completed.slice(255)).toEqual(['8/255', '16/0', '8/256']);
  });

  it('goes on from any size with the hashes of its subtrees alone', () => {
    const lines = linesUpTo(40);
    for (let size = 0; size < lines.length; size += 1) {
      const edge = edgeOf(size, hashesOf(lines));
      for (const line of lines.slice(size)) edge.add(leafHash(line));
      expect(Buffer.from(edge.root()), String(size)).toEqual(rootOfLines(lines));
    }
  });
});

describe('proofs, checked by a verifier written from the RFC', () => {
  it('hold for every leaf and every older size of every tree up to 40, and for no other leaf or root', () => {
    for (let size = 1; size <= 40; size += 1) {
      const lines = linesUpTo(size);
      const hashOf = hashesOf(lines);
      const root = rootOfLines(lines);
      for (let index = 0; index < size; index += 1) {
        const proof = buffers(inclusionProof(index, size, hashOf));
        const line = Buffer.from(lines[index] ?? '');
        expect(verifiesInclusion(line, index, size, proof, root)).toBe(true);
        expect(verifiesInclusion(Buffer.from('another'), index, size, proof, root)).toBe(false);
        if (size > 1) expect(verifiesInclusion(line, (index + 1) % size, size, proof, root)).toBe(false);
      }
      for (let from = 1; from <= size; from += 1) {
        const proof = buffers(consistencyProof(from, size, hashOf));
        const old = { size: from, root: rootOfLines(lines.slice(0, from)) };
        expect(verifiesConsistency(old, { size, root }, proof)).toBe(true);
        const forged = { size: from, root: rootOfLines(['another', ...lines.slice(1, from)]) };
        expect(verifiesConsistency(forged, { size, root }, proof)).toBe(false);
      }
    }
  });

  it('hold for leaves and sizes at random', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 600 }), fc.nat(599), fc.nat(599));
    fc.assert(
      fc.property(sizes, ([size, a, b]) => {
        const lines = linesUpTo(size);
        const hashOf = hashesOf(lines);
        const root = rootOfLines(lines);
        const [index, from] = [a % size, (b % size) + 1];
        const inclusion = buffers(inclusionProof(index, size, hashOf));
        expect(verifiesInclusion(Buffer.from(lines[index] ?? ''), index, size, inclusion, root)).toBe(true);
        const consistency = buffers(consistencyProof(from, size, hashOf));
        const old = { size: from, root: rootOfLines(lines.slice(0, from)) };
        expect(verifiesConsistency(old, { size, root }, consistency)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a tree without leaves', () => {
  const never: HashOf = () => {
    throw new Error('There is nothing to hash.');
  };

  it('has the hash of nothing as its root', () => {
    const root = createHash('sha256').update('').digest();
    expect(Buffer.from(rangeHash(0, 0, never))).toEqual(root);
    expect(Buffer.from(rangeHash(7, 7, never))).toEqual(root);
  });

  it('is the beginning of every tree, and every tree that of itself, without a proof', () => {
    for (const size of [1, 2, 3, 1000]) {
      expect(consistencyProof(0, size, never)).toEqual([]);
      expect(consistencyProof(size, size, never)).toEqual([]);
    }
  });
});
