import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clockTime, presentBeside, watchClock } from '../../ui/components/clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => undefined });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('what has just happened doesn’t lie ahead of a clock that others have looked at for a while', () => {
  const everyMs = 60_000;
  let ticks = 0;
  const stop = watchClock(everyMs, () => void (ticks += 1));
  vi.advanceTimersByTime(20_000);
  expect(ticks).toBe(0);
  const happenedAtMs = Date.now();
  const stopAnother = watchClock(everyMs, () => undefined);
  expect(clockTime(everyMs)).toBeGreaterThanOrEqual(happenedAtMs);
  expect(ticks).toBe(1);
  for (const end of [watchClock(everyMs, () => undefined), stopAnother, stop]) end();
  expect(ticks).toBe(1);
});

test.each([
  ['since the last tick', -5_000, 'that time'],
  ['before it', -20_000, 'the clock'],
  ['not yet', 5_000, 'the clock'],
])('a time that has come %s is said beside the right present', (_when, fromNowMs, expected) => {
  const timeMs = Date.now() + fromNowMs;
  const clockMs = Date.now() - 10_000;
  expect(presentBeside(timeMs, clockMs)).toBe(expected === 'that time' ? timeMs : clockMs);
});
