import { describe, expect, test } from 'vitest';
import type { Quota } from '../../../shared/catalog.ts';
import { connectionText } from '../../../renderer/model/connection-text.ts';
import { limitViews, nextResetMs, usedUpLimit } from '../../../renderer/model/limit-view.ts';
import { sampleProfile } from '../../support/renderer-preview/sample-snapshot.ts';

const now = Date.UTC(2026, 10, 23, 12);
const daily: Quota = { name: 'daily', limit: 1000, left: 842, resetsAtMs: now + 3_600_000, windowSeconds: 86_400 };

describe('what is left of a limit', () => {
  test('is said with the limit in words and when it starts anew', () => {
    expect(limitViews([daily], now)).toEqual([
      {
        name: 'daily',
        words: '1,000 requests a day',
        limit: 1000,
        left: 842,
        type: 'quota',
        tone: 'ok',
        resetsAtMs: daily.resetsAtMs,
      },
    ]);
  });

  test.each([
    [1, 'a second'],
    [60, 'a minute'],
    [3600, 'an hour'],
    [86_400, 'a day'],
    [28 * 86_400, 'a month'],
    [31 * 86_400, 'a month'],
    [7 * 86_400, 'per 7 days'],
    [90, 'per 90 seconds'],
  ])('names a window of %i seconds “%s”', (windowSeconds, words) => {
    expect(limitViews([{ ...daily, windowSeconds, limit: 1 }], now)[0]?.words).toBe(`1 request ${words}`);
  });

  test.each([
    [101, 'ok'],
    [100, 'warning'],
    [1, 'warning'],
    [0, 'bad'],
  ])('with %i of 1,000 left looks %s', (left, tone) => {
    expect(limitViews([{ ...daily, left }], now)[0]?.tone).toBe(tone);
  });

  test('is all of it again once the window has ended, whatever was told before', () => {
    const [view] = limitViews([{ ...daily, left: 0 }], daily.resetsAtMs);
    expect(view).toMatchObject({ left: 1000, tone: 'ok', resetsAtMs: null });
  });

  test('of a window of seconds is a pace, which nobody can watch', () => {
    expect(limitViews([{ ...daily, windowSeconds: 1 }], now)[0]?.type).toBe('pace');
    expect(nextResetMs([{ ...daily, windowSeconds: 1 }], now)).toBeNull();
  });
});

describe('a used-up quota', () => {
  const hourly = { ...daily, name: 'hourly', left: 0, windowSeconds: 3600, resetsAtMs: now + 600_000 };

  test('is the one that lasts longest, and none once it is over', () => {
    const quotas = [hourly, { ...daily, left: 0 }];
    expect(usedUpLimit({ quotas }, now)?.name).toBe('daily');
    expect(usedUpLimit({ quotas: [hourly] }, hourly.resetsAtMs)).toBeNull();
    expect(usedUpLimit({ quotas: [{ ...hourly, windowSeconds: 60 }] }, now)).toBeNull();
    expect(nextResetMs(quotas, now)).toBe(hourly.resetsAtMs);
  });

  test('shows in the list, on and off, but not before what keeps every request waiting', () => {
    const profile = sampleProfile(now);
    const on = profile.connections['orders'] ?? { status: 'off' };
    const api = { quotas: [hourly] };
    const used = { text: 'quota used up, resets in 10 min', tone: 'bad' };
    expect(connectionText(on, profile, 7101, api, now)).toEqual(used);
    expect(connectionText({ status: 'off' }, profile, 7101, api, now)).toEqual(used);
    const down = sampleProfile(now, { tunnel: { status: 'connecting' } });
    expect(connectionText(on, down, 7101, api, now).text).toBe('waits for the relay');
  });
});
