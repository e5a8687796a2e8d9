import { expect, test } from 'vitest';
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
  store.add([entry('1', pending), entry('2', pending)], 0);
  store.add([entry('1', { durationMs: 7 })], 100);
  expect(store.list().map(({ requestId, outcome }) => [requestId, outcome])).toEqual([
    ['1', 'completed'],
    ['2', 'pending'],
  ]);
});

test('no more than 5,000 requests are kept, the newest ones', () => {
  const store = createActivityStore();
  store.add(
    Array.from({ length: 5_100 }, (_, index) => entry(String(index))),
    0,
  );
  expect(store.list()).toHaveLength(5_000);
  expect(store.list()[0]?.requestId).toBe('100');
});

test('rates cover the last five seconds, count a request once, and fall to nothing', () => {
  const store = createActivityStore();
  store.add([entry('1', pending)], 10_000);
  store.add([entry('1', { durationMs: 20 }), entry('2', { durationMs: 40 }), entry('x', { api: 'other' })], 11_000);
  expect(store.rate('orders', 11_500)).toEqual({ requestsPerSecond: 2 / 5, latencyMs: 30 });
  expect(store.rate('orders', 15_999)).toEqual({ requestsPerSecond: 1 / 5, latencyMs: 30 });
  expect(store.rate('orders', 20_000)).toEqual({ requestsPerSecond: 0, latencyMs: null });
  expect([store.isLively(15_000), store.isLively(20_000)]).toEqual([true, false]);
});
