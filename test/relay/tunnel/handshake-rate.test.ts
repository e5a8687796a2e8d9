import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HandshakeRate } from '../../../relay/tunnel/handshake-rate.ts';

test('no second sees more than the rate and a tenth, nor does a long run', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 400 }),
      fc.integer({ min: 1, max: 50 }),
      (gaps, rate) => {
        const bucket = new HandshakeRate();
        let nowMs = 1_000_000;
        const taken: number[] = [];
        for (const gap of gaps) {
          nowMs += gap;
          if (bucket.take(nowMs, rate)) taken.push(nowMs);
        }
        for (const from of taken) {
          expect(taken.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(rate * 1.1 + 2);
        }
        const lastedS = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
        expect(taken.length).toBeLessThanOrEqual(rate / 10 + lastedS * rate + 2);
      },
    ),
  );
});

test('a clock that goes back earns nothing', () => {
  const bucket = new HandshakeRate();
  expect(bucket.take(5000, 1)).toBe(true);
  expect(bucket.take(1000, 1)).toBe(false);
  expect(bucket.take(1500, 1)).toBe(false);
  expect(bucket.take(2100, 1)).toBe(true);
});
