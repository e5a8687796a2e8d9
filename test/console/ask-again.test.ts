import { expect, test } from 'vitest';
import { askAgainMs } from '../../console/api/ask-again.ts';

test.each([
  ['all is told of', 'live', true, undefined, 60_000],
  ['all is told of, and the page wants it sooner', 'live', true, 10_000, 10_000],
  ['other relays share a Redis alone', 'live', false, undefined, 15_000],
  ['other relays share a Redis alone, and the page was content with less', 'live', false, 60_000, 15_000],
  ['nothing is told of: the stream can’t be opened', 'connecting', true, undefined, 15_000],
  ['nothing is told of yet', 'off', true, 30_000, 15_000],
] as const)('what is live is asked for again where %s', (_where, state, isWhole, everyMs, expected) => {
  expect(askAgainMs({ state, isWhole }, { everyMs, isLive: true })).toBe(expected);
});

test('what isn’t live is asked for as often as the page wants, or once', () => {
  const off = { state: 'off', isWhole: true } as const;
  expect(askAgainMs(off, { everyMs: undefined, isLive: false })).toBe(undefined);
  expect(askAgainMs(off, { everyMs: 30_000, isLive: false })).toBe(30_000);
});
