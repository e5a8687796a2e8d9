import { describe, expect, it } from 'vitest';
import { readNote, rootOfLines } from './independent-verifier.ts';

// That the second implementation is right, shown by what others published, without any of this project's code.

describe('the second implementation', () => {
  // The inputs and roots of Certificate Transparency's own Merkle tree test.
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
  it.each([
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('has the root that is known of %i leaves', (count, root) => {
    const known = leaves.slice(0, count).map((hex) => Buffer.from(hex, 'hex'));
    expect(rootOfLines(known).toString('hex')).toBe(root);
  });

  // The example in the documentation of Go's golang.org/x/mod/sumdb/note, which the specification follows.
  const key = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const text =
    'If you think cryptography is the answer to your problem,\nthen you don’t know what your problem is.\n'.replace(
      '’',
      "'",
    );
  const note = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

  it('opens a note that Go’s sumdb signed, and no other text under its signature', () => {
    expect(readNote(note, key)).toEqual({ name: 'PeterNeumann', text });
    expect(() => readNote(note.replace('answer', 'Answer'), key)).toThrow('Not signed by this key');
  });
});
