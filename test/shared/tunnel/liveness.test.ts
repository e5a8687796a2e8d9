import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Liveness } from '../../../shared/tunnel/liveness.ts';

const options = { pingAfterMs: 5000, deadAfterMs: 4000 };

test('a link that says nothing is pinged, and given up when no answer comes', () => {
  const liveness = new Liveness(options, 0);
  expect(liveness.check(4999)).toBe('alive');
  expect(liveness.check(5000)).toBe('ping');
  expect(liveness.check(5001)).toBe('alive');
  expect(liveness.check(8999)).toBe('alive');
  expect(liveness.check(9000)).toBe('dead');
});

test('anything that arrives keeps the link, also after a ping', () => {
  const liveness = new Liveness(options, 0);
  expect(liveness.check(5000)).toBe('ping');
  liveness.heard(5500);
  expect(liveness.check(9500)).toBe('alive');
  expect(liveness.check(10_500)).toBe('ping');
});

test('a doubt asks for a ping at once, and does not lengthen one that is already under way', () => {
  const liveness = new Liveness(options, 0);
  liveness.doubt(100);
  expect(liveness.check(100)).toBe('ping');
  liveness.doubt(3000);
  expect(liveness.check(4100)).toBe('dead');
});

test('with a check every second, any half-open link is found within silence plus answer time plus two checks', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 20 }), fc.nat(999), (gaps, phase) => {
      const liveness = new Liveness(options, 0);
      let heardAt = 0;
      const arrivals = gaps.map((gap) => (heardAt += gap));
      const lastHeard = arrivals.at(-1) ?? 0;
      let deadAt: number | null = null;
      for (let now = phase; deadAt === null && now < lastHeard + 60_000; now += 1000) {
        while ((arrivals[0] ?? Infinity) <= now) liveness.heard(arrivals.shift() ?? 0);
        if (liveness.check(now) === 'dead') deadAt = now;
      }
      expect(deadAt).not.toBeNull();
      expect((deadAt ?? 0) - lastHeard).toBeLessThanOrEqual(options.pingAfterMs + options.deadAfterMs + 2000);
      expect(deadAt).toBeGreaterThan(lastHeard);
    }),
  );
});

test('where somebody waits, silence is looked into sooner; never later than usual', () => {
  const liveness = new Liveness(options, 0);
  expect(liveness.check(1999, 2000)).toBe('alive');
  expect(liveness.check(2000, 2000)).toBe('ping');
  const other = new Liveness(options, 0);
  expect(other.check(5000, 60_000)).toBe('ping');
});

test('the answer to a doubt may take less time than that to an ordinary ping', () => {
  const liveness = new Liveness({ ...options, deadAfterDoubtMs: 2500 }, 0);
  liveness.doubt(1000);
  expect(liveness.check(1000)).toBe('ping');
  expect(liveness.check(3499)).toBe('alive');
  expect(liveness.check(3500)).toBe('dead');
  liveness.heard(3500);
  expect(liveness.check(8500)).toBe('ping');
  expect(liveness.check(11_000)).toBe('alive');
});
