import { expect, test } from 'vitest';
import { type Backoff, backoffMs } from '../../shared/backoff.ts';

const upToOneMinute: Backoff = { firstMs: 1000, longestMs: 60_000, jitter: 0 };

test.each([
  [0, 0, 0.9, 1000],
  [1, 0, 0.9, 2000],
  [5, 0, 0.9, 32_000],
  [6, 0, 0.9, 60_000],
  [1e9, 0, 0.9, 60_000],
  [1, 1, 0, 0],
  [1, 1, 0.25, 500],
  [6, 1, 0.5, 30_000],
  [1, 0.5, 0, 1000],
  [1, 0.5, 0.5, 1500],
])('after %i failures, with a jitter of %d, a draw of %d waits %i ms', (failures, jitter, random, waitMs) => {
  expect(backoffMs(failures, { ...upToOneMinute, jitter }, random)).toBe(waitMs);
});

test('without a draw of the caller’s it draws within the bounds', () => {
  for (let round = 0; round < 100; round += 1) {
    const waitMs = backoffMs(2, { ...upToOneMinute, jitter: 0.5 });
    expect(waitMs).toBeGreaterThanOrEqual(2000);
    expect(waitMs).toBeLessThan(4000);
  }
});
