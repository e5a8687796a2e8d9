import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renewAtMs, retryDelayMs } from '../../../client/tokens/renewal-schedule.ts';

test('renewal always comes after half of the life and before its end, whatever the lifetime', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (life, random) => {
      const at = renewAtMs({ renewedAtMs: 1_000, expiresAtMs: 1_000 + life }, random);
      expect(at).toBeGreaterThanOrEqual(1_000 + life * 0.5);
      expect(at).toBeLessThan(1_000 + life);
    }),
  );
});

test('a long-lived token is renewed no more than six minutes before its end', () => {
  expect(renewAtMs({ renewedAtMs: 0, expiresAtMs: 86_400_000 }, 1)).toBe(86_400_000 - 360_000);
});

test('retries grow, are spread over the whole interval, and wait a minute at most', () => {
  expect([0, 1, 2, 3, 10, 1000].map((attempt) => retryDelayMs(attempt, 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 60_000, 60_000,
  ]);
  expect(retryDelayMs(10, 0)).toBe(200);
});
