import { expect, test } from 'vitest';
import { backoffMs } from '../../../shared/backoff.ts';
import { defaultBackoff } from '../../../shared/tunnel/reconnect-backoff.ts';

const delayMs = (attempt: number, random: number): number => backoffMs(attempt, defaultBackoff, random);

/** Deterministic numbers from 0 up to 1 (mulberry32), so that the distribution is the same in each run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test('no delay is ever above the cap, however many attempts have failed', () => {
  for (const attempt of [0, 1, 5, 20, 21, 100, 1_000_000]) {
    expect(delayMs(attempt, 0.999_999)).toBeLessThan(defaultBackoff.longestMs);
  }
  expect(delayMs(1_000_000, 0.999_999)).toBeGreaterThan(defaultBackoff.longestMs * 0.99);
});

test('the ceiling doubles with each attempt until the cap', () => {
  const ceilings = [0, 1, 2, 3, 4, 5, 6, 7].map((attempt) => delayMs(attempt, 1));
  expect(ceilings).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('the jitter is full: 5,000 clients cut at once come back evenly over the whole span', () => {
  const random = seededRandom(1);
  for (const attempt of [0, 3, 10]) {
    const ceiling = delayMs(attempt, 1);
    const histogram = Array.from({ length: 10 }, () => 0);
    for (let client = 0; client < 5000; client += 1) {
      const slot = Math.floor((delayMs(attempt, random()) / ceiling) * 10);
      histogram[slot] = (histogram[slot] ?? 0) + 1;
    }
    // 500 expected in each tenth; ±100 is beyond four standard deviations.
    for (const count of histogram) {
      expect(count).toBeGreaterThan(400);
      expect(count).toBeLessThan(600);
    }
  }
});
