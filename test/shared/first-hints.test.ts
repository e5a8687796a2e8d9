import { describe, expect, test } from 'vitest';
import { firstHints, hintsAfter, isFirstSignIn, nextHint } from '../../shared/first-hints.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { sampleSnapshot } from '../support/renderer-preview/sample-snapshot.ts';

const nowMs = Date.UTC(2026, 10, 29, 12);
const with_ = (...recentRelayUrls: string[]) => sampleSnapshot(nowMs, { recentRelayUrls });
const relay = 'https://relay.acme.example';

describe('hints after the first sign-in', () => {
  test.each([
    ['nobody has signed in', with_(), with_(), false],
    ['somebody who updates is signed in', with_(relay), with_(relay), false],
    ['a second relay comes', with_(relay), with_('https://lab.example', relay), false],
    ['the first sign-in ever is done', with_(), with_(relay), true],
  ])('when %s', (_name, before, after, expected) => {
    expect(isFirstSignIn(before, after)).toBe(expected);
  });

  test('come one after the other, and none that is done already', () => {
    expect(nextHint(firstHints, false)).toBe('switch');
    expect(nextHint(firstHints, true)).toBe('copy');
    expect(nextHint(hintsAfter('switch'), false)).toBe('copy');
    expect(nextHint(hintsAfter('copy'), true)).toBe('go');
    expect(nextHint(hintsAfter('go'), false)).toBeNull();
    expect(nextHint(['switch'], true)).toBeNull();
  });

  test('are none without being asked for, nor when a newer version has others', () => {
    expect(settingsSchema.parse({}).hints).toEqual([]);
    expect(settingsSchema.parse({ hints: ['fly'] }).hints).toEqual([]);
  });
});
