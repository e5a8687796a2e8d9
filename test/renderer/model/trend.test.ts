import { describe, expect, test } from 'vitest';
import { linePath, trendOf, trendSteps } from '../../../renderer/model/trend.ts';
import type { ActivityEntry } from '../../../shared/activity.ts';
import { refusedConnections, sampleActivity } from '../../support/renderer-preview/sample-snapshot.ts';

const nowMs = Date.UTC(2026, 10, 29, 12);
const minute = 60_000;
const [sample] = sampleActivity(nowMs, 1);
const entry = (change: Partial<ActivityEntry>): ActivityEntry => {
  if (sample === undefined) throw new Error('There is no sample');
  return { ...sample, api: 'orders', decision: 'allow', status: 200, outcome: 'completed', durationMs: 10, ...change };
};

describe('the trend of an API over the last hour', () => {
  test.each([
    ['the log is empty', []],
    ['all requests are another API’s', [entry({ api: 'inventory', timeMs: nowMs - minute })]],
    ['all requests are older', [entry({ timeMs: nowMs - 61 * minute })]],
    ['connections were only turned away', [refusedConnections(nowMs)]],
  ])('is none when %s', (_name, log) => {
    expect(trendOf(log, 'orders', nowMs)).toBeNull();
  });

  test('counts requests, errors and durations in steps, the newest last', () => {
    const trend = trendOf(
      [
        entry({ timeMs: nowMs - 60 * minute, durationMs: 30 }),
        entry({ timeMs: nowMs - 3 * minute, durationMs: 20 }),
        entry({ timeMs: nowMs - 1, durationMs: 4 }),
        entry({ timeMs: nowMs - 1, durationMs: null, outcome: 'pending', status: null }),
        entry({ timeMs: nowMs - 1, decision: 'deny', status: 403, durationMs: 1 }),
        entry({ timeMs: nowMs - 1, status: 502, durationMs: 8 }),
      ],
      'orders',
      nowMs,
    );
    expect(trend).toMatchObject({ total: 6, totalErrors: 2, meanLatencyMs: 15.5, longestMs: 30 });
    expect(trend?.requests).toHaveLength(trendSteps);
    expect([trend?.requests[0], trend?.requests.at(-2), trend?.requests.at(-1)]).toEqual([1, 1, 4]);
    expect([trend?.latencyMs[0], trend?.latencyMs[1], trend?.latencyMs.at(-1)]).toEqual([30, null, 6]);
    expect(trend?.errors.at(-1)).toBe(2);
  });
});

describe('the line through values', () => {
  test.each([
    ['nothing known', [null, null], ''],
    ['zeros lie at the bottom', [0, 0], 'M0.0 20.0L100.0 20.0'],
    ['the highest is at the top', [0, 4, 2], 'M0.0 20.0L50.0 0.0L100.0 10.0'],
    ['gaps stay open', [1, 1, null, 1, 1], 'M0.0 0.0L25.0 0.0M75.0 0.0L100.0 0.0'],
    ['a lone value is a spot', [null, 2, null], 'M50.0 0.0h0.1'],
  ])('%s', (_name, values, path) => {
    expect(linePath(values, 100, 20)).toBe(path);
  });
});
