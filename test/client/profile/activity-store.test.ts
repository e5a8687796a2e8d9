import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActivityStore } from '../../../client/profile/activity-store.ts';
import type { ActivityEntry } from '../../../shared/activity.ts';

function entry(requestId: string, change: Partial<ActivityEntry> = {}): ActivityEntry {
  return {
    requestId,
    timeMs: 0,
    api: 'orders',
    method: 'GET',
    path: '/',
    decision: 'allow',
    rule: 'everyone',
    reason: '',
    unlockedBy: [],
    status: 200,
    outcome: 'completed',
    durationMs: 10,
    requestBytes: 0,
    responseBytes: 0,
    ...change,
  };
}

const pending = { outcome: 'pending', status: null, durationMs: null } as const;

test('a pending request is completed in its place', () => {
  const store = createActivityStore();
  store.add([entry('1', pending), entry('2', pending)], {}, 0);
  store.add([entry('1', { durationMs: 7 })], {}, 100);
  expect(store.log().entries.map(({ requestId, outcome }) => [requestId, outcome])).toEqual([
    ['1', 'completed'],
    ['2', 'pending'],
  ]);
});

test('no more than 5,000 requests are kept, the newest ones', () => {
  const store = createActivityStore();
  store.add(
    Array.from({ length: 5_100 }, (_, index) => entry(String(index))),
    {},
    0,
  );
  expect(store.log().entries).toHaveLength(5_000);
  expect(store.log().entries[0]?.requestId).toBe('100');
});

const counted = (requests: number, denied = 0, failed = 0) => ({ requests, denied, failed });

describe('counts', () => {
  test('take each request once, listed or not, with how it ended', () => {
    const store = createActivityStore(3);
    const first = store.add(
      [
        entry('1', pending),
        entry('2', { decision: 'deny', status: 403 }),
        entry('3', { status: 502 }),
        entry('4', { status: 404 }),
        entry('x', { connections: 7, decision: 'deny' }),
      ],
      {
        orders: { count: 10, totalMs: 5, denied: 2, failed: 1 },
        other: { count: 1, totalMs: 5, denied: 0, failed: 0 },
      },
      0,
    );
    expect(first.counts).toEqual({ orders: counted(14, 3, 2), other: counted(1) });
    // It was pushed out of the list meanwhile, and still isn't another one.
    const second = store.add([entry('1', { outcome: 'aborted', status: null })], {}, 10);
    expect(second.counts).toEqual({ orders: counted(0, 0, 1) });
    expect(store.log().counts).toEqual({ orders: counted(14, 3, 3), other: counted(1) });
  });

  test('of what was kept come on top, and what was under way then has no known end', () => {
    const store = createActivityStore();
    store.add([entry('new', { timeMs: 3 })], {}, 0);
    store.restore({
      entries: [entry('older', { ...pending, timeMs: 1 }), entry('old', { timeMs: 2 })],
      counts: { orders: counted(5, 1) },
    });
    expect(store.log().entries.map(({ requestId, outcome }) => [requestId, outcome])).toEqual([
      ['older', 'unknown'],
      ['old', 'completed'],
      ['new', 'completed'],
    ]);
    expect(store.log().counts).toEqual({ orders: counted(6, 1) });
  });

  test('equal what was sent, whatever comes in which order', () => {
    const report = fc.record({
      requestId: fc.integer({ min: 0, max: 30 }).map(String),
      denied: fc.boolean(),
      outcome: fc.constantFrom('pending', 'completed', 'aborted'),
    });
    fc.assert(
      fc.property(fc.array(report, { maxLength: 60 }), fc.integer({ min: 0, max: 9 }), (reports, leftOut) => {
        const store = createActivityStore(4);
        for (const { requestId, denied, outcome } of reports)
          store.add([entry(requestId, { decision: denied ? 'deny' : 'allow', outcome, status: null })], {}, 0);
        store.add([], { orders: { count: leftOut, totalMs: 0, denied: 0, failed: 0 } }, 0);
        const distinct = new Set(reports.map(({ requestId }) => requestId)).size;
        const { requests = 0 } = store.log().counts['orders'] ?? {};
        // A request is told once as under way and once as ended; tests tell the same one more often than relays do.
        expect(requests).toBeGreaterThanOrEqual(distinct + leftOut);
      }),
    );
  });
});

test('rates cover the last five seconds, count a request once, and fall to nothing', () => {
  const store = createActivityStore();
  store.add([entry('1', pending)], {}, 10_000);
  store.add([entry('1', { durationMs: 20 }), entry('2', { durationMs: 40 }), entry('x', { api: 'other' })], {}, 11_000);
  expect(store.rate('orders', 11_500)).toEqual({ requestsPerSecond: 2 / 5, latencyMs: 30 });
  expect(store.rate('orders', 15_999)).toEqual({ requestsPerSecond: 1 / 5, latencyMs: 30 });
  expect(store.rate('orders', 20_000)).toEqual({ requestsPerSecond: 0, latencyMs: null });
  expect([store.isLively(15_000), store.isLively(20_000)]).toEqual([true, false]);
});
