import { hash } from 'node:crypto';

let scratch = Buffer.alloc(65_536);
const pair = Buffer.alloc(65, 1);

/** Hash of a leaf: SHA-256 over 0x00 and the record's UTF-8 bytes (RFC 6962 §2.1). */
export function leafHash(line: string): Buffer {
  // One code unit takes at most three bytes of UTF-8.
  const needed = line.length * 3 + 1;
  if (scratch.length < needed) scratch = Buffer.alloc(needed);
  scratch[0] = 0;
  const length = scratch.write(line, 1);
  return hash('sha256', scratch.subarray(0, 1 + length), 'buffer');
}

/** Hash of a node above two others: SHA-256 over 0x01 and both (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 33);
  return hash('sha256', pair, 'buffer');
}

/** Root of the tree without leaves. */
export const emptyRoot: Buffer = hash('sha256', '', 'buffer');
