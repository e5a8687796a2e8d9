import { describe, expect, it } from 'vitest';
import { retryAfterMs, retryDelayMs } from '../../../relay/sinks/retry-delay.ts';

describe('waits between attempts', () => {
  it.each([
    [1, 500, 1000],
    [2, 1000, 2000],
    [5, 8000, 16_000],
    [9, 128_000, 256_000],
    [10, 150_000, 300_000],
    [1_000_000, 150_000, 300_000],
  ])('after attempt %i are from %i to %i ms', (attempts, least, most) => {
    expect(retryDelayMs(attempts, undefined, () => 0)).toBe(least);
    expect(retryDelayMs(attempts, undefined, () => 1)).toBe(most);
  });

  it.each([
    ['is kept', 60_000, 60_000],
    ['of less than the own wait shortens nothing', 1, 500],
    ['beyond an hour is an hour', 1e12, 3_600_000],
  ])('a wait that the receiver asks for %s', (_, asked, expected) => {
    expect(retryDelayMs(1, asked, () => 0)).toBe(expected);
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['120', 120_000],
    ['Thu, 01 Jan 1970 00:01:40 GMT', 90_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ])('Retry-After: %s asks for %s ms', (value, expected) => {
    expect(retryAfterMs(value, 10_000)).toBe(expected);
  });
});
