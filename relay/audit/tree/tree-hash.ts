import { hash } from 'node:crypto';

let scratch = Buffer.alloc(65_536);
const pair = Buffer.alloc(65, 1);
const hashBytes = 32;

/** Hash of a leaf: SHA-256 over 0x00 and the record's UTF-8 bytes (RFC 6962 §2.1). */
export function leafHash(line: string): Buffer {
  // One code unit takes at most three bytes of UTF-8.
  const needed = line.length * 3 + 1;
  if (scratch.length < needed) scratch = Buffer.alloc(needed);
  scratch[0] = 0;
  const length = scratch.write(line, 1);
  return digest(scratch.subarray(0, 1 + length));
}

/** Hash of a node above two others: SHA-256 over 0x01 and both (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 33);
  return digest(pair);
}

/** A digest as text that becomes bytes of Buffer's pool takes half the time of one with memory of its own. */
function digest(bytes: Uint8Array): Buffer {
  const sum = Buffer.allocUnsafe(hashBytes);
  sum.write(hash('sha256', bytes, 'latin1'), 'latin1');
  return sum;
}

/** Root of the tree without leaves. */
export const emptyRoot: Buffer = hash('sha256', '', 'buffer');
