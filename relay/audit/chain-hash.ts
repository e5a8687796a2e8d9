import { hash } from 'node:crypto';

/** What the first record is chained to. */
export const chainStart: Buffer = Buffer.alloc(32);

let scratch = Buffer.alloc(65_536);

/** SHA-256 over the previous record's hash, the payload's UTF-8 bytes and the sequence number (8 bytes, big-endian). */
export function chainHash(previous: Uint8Array, payload: string, seq: number): Buffer {
  // One code unit takes at most three bytes of UTF-8.
  const needed = payload.length * 3 + 40;
  if (scratch.length < needed) scratch = Buffer.alloc(needed);
  scratch.set(previous, 0);
  const length = scratch.write(payload, 32);
  scratch.writeBigUInt64BE(BigInt(seq), 32 + length);
  return hash('sha256', scratch.subarray(0, 40 + length), 'buffer');
}
