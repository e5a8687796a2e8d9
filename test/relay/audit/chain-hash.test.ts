import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainHash, chainStart } from '../../../relay/audit/chain-hash.ts';

/** The definition, written another way: docs/audit.md. */
function asDocumented(previous: Uint8Array, payload: string, seq: number): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(seq));
  return createHash('sha256').update(previous).update(Buffer.from(payload, 'utf8')).update(number).digest();
}

describe('the hash of a record', () => {
  it.each<[what: string, payload: string, seq: number]>([
    ['nothing', '', 0],
    ['the first record', '{}', 1],
    ['letters of two and three bytes', 'Zürich 東京', 2],
    ['letters of four bytes', '😀'.repeat(3), 3],
    ['a lone surrogate, which becomes U+FFFD', '\ud800', 4],
    ['the most that fits without growing', 'a'.repeat(21_832), 5],
    ['one letter more', 'a'.repeat(21_833), 6],
    ['much more, of three bytes each', '東'.repeat(100_000), 7],
    ['little after much', '{}', 8],
    ['a number beyond 32 bits', '{}', 2 ** 40 + 1],
    ['the last number', '{}', Number.MAX_SAFE_INTEGER],
  ])('is the documented one for %s', (_what, payload, seq) => {
    const previous = Buffer.alloc(32, 0xa5);

    expect(chainHash(previous, payload, seq)).toEqual(asDocumented(previous, payload, seq));
  });

  it('is the documented one for any record', () => {
    const previous = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(previous, fc.string({ unit: 'binary' }), fc.maxSafeNat(), (before, payload, seq) => {
        expect(chainHash(before, payload, seq)).toEqual(asDocumented(before, payload, seq));
      }),
    );
  });

  it('starts from 32 zero bytes', () => {
    expect(chainStart).toEqual(Buffer.alloc(32));
  });
});
