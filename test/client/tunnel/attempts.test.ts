import { expect, test } from 'vitest';
import { Attempts } from '../../../client/tunnel/attempts.ts';

/** As delays without chance would be: each is drawn below its ceiling, so many draws tell the ceilings apart. */
function ceilingAfter(failures: (attempts: Attempts) => void): number {
  let most = 0;
  for (let round = 0; round < 400; round += 1) {
    const attempts = new Attempts(() => undefined, {
      firstMs: 1000,
      longestMs: 30_000,
      jitter: 1,
      stableAfterMs: 60_000,
    });
    failures(attempts);
    most = Math.max(most, attempts.didFail(1_000_000, null, false));
  }
  return most;
}

const failThrice = (attempts: Attempts): void => {
  for (let count = 0; count < 3; count += 1) attempts.didFail(0, null, false);
};

test('each failure in a row doubles how long the next wait may be', () => {
  expect(ceilingAfter(() => undefined)).toBeLessThanOrEqual(1000);
  const fourth = ceilingAfter(failThrice);
  expect(fourth).toBeGreaterThan(4000);
  expect(fourth).toBeLessThanOrEqual(8000);
});

test('a link that held for a minute begins the waits anew, a shorter one doesn’t', () => {
  const heldFor = (ms: number): number =>
    ceilingAfter((attempts) => {
      failThrice(attempts);
      attempts.didOpen(1_000_000 - ms);
    });
  expect(heldFor(60_000)).toBeLessThanOrEqual(1000);
  expect(heldFor(59_999)).toBeGreaterThan(4000);
});

test('what the relay asks for is waited at least; with somebody waiting, no delay of its own is above 3 s', () => {
  const attempts = new Attempts(() => undefined);
  for (let count = 0; count < 20; count += 1) expect(attempts.didFail(0, null, true)).toBeLessThanOrEqual(3000);
  expect(attempts.didFail(0, 45_000, true)).toBe(45_000);
});
