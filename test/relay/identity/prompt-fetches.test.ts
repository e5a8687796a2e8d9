import { describe, expect, it } from 'vitest';
import { createPromptFetches, type PromptFetches } from '../../../relay/identity/prompt-fetches.ts';

const times = (count: number, take: () => number): number[] => Array.from({ length: count }, take);

/** Whoever asked a second ago, from an address that is known or isn't. */
const taker = (fetches: PromptFetches) => (nowMs: number, isFromKnownAddress: boolean) => (): number =>
  fetches.take({ firstAskedMs: nowMs - 1000, isFromKnownAddress }, nowMs);

describe('a fetch within the pause', () => {
  it('needs a key that is asked for again, a second later, and no turn until then', () => {
    const fetches = createPromptFetches();
    const ask = (nowMs: number): number => fetches.take({ firstAskedMs: 5000, isFromKnownAddress: true }, nowMs);
    expect(times(20, () => ask(5000))).toEqual(times(20, () => 1000));
    expect(ask(5999)).toBe(1);
    expect(times(10, () => ask(6000))).toEqual(times(10, () => 0));
  });

  it('comes five times for strangers, and then once in ten seconds', () => {
    const take = taker(createPromptFetches());
    expect(times(6, take(1000, false))).toEqual([0, 0, 0, 0, 0, 10_000]);
    expect(take(10_999, false)()).toBe(1);
    expect(times(2, take(11_000, false))).toEqual([0, 10_000]);
    expect(take(11_001, false)()).toBe(9999);
    expect(times(3, take(31_500, false))).toEqual([0, 0, 9500]);
  });

  it('comes five times more for known addresses, which strangers can’t use up, and then once in five seconds', () => {
    const take = taker(createPromptFetches());
    expect(times(7, take(1000, false)).at(-1)).toBe(10_000);
    expect(times(6, take(1000, true))).toEqual([0, 0, 0, 0, 0, 5000]);
    expect(take(1000, false)()).toBe(10_000);
    expect(take(5999, true)()).toBe(1);
    expect(times(2, take(6000, true))).toEqual([0, 5000]);
  });

  it('has no more turns for having waited long, nor fewer for a clock that went back', () => {
    const take = taker(createPromptFetches());
    expect(times(5, take(1_000_000, false))).toEqual([0, 0, 0, 0, 0]);
    expect(take(900_000, false)()).toBe(110_000);
    expect(times(6, take(9_000_000, false))).toEqual([0, 0, 0, 0, 0, 10_000]);
  });
});
