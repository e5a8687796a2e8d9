import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ActivityFeed, type LeftOut } from '../../../relay/tunnel/activity-feed.ts';
import type { ActivityEntry } from '../../../shared/activity.ts';

const entry = (requestId: string, decision: 'allow' | 'deny' = 'allow'): ActivityEntry => ({
  requestId,
  timeMs: 0,
  api: 'orders',
  method: 'GET',
  path: '/',
  decision,
  rule: null,
  reason: '',
  unlockedBy: [],
  status: 200,
  outcome: 'completed',
  durationMs: 4,
  requestBytes: 0,
  responseBytes: 0,
});

let sent: { ids: string[]; leftOut: LeftOut }[];
const feedOf = (underWay: () => { takePendingEntry(): ActivityEntry | null }[] = () => []): ActivityFeed =>
  new ActivityFeed(
    (entries, leftOut) => sent.push({ ids: entries.map(({ requestId }) => requestId), leftOut }),
    underWay,
  );

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
});
afterEach(() => vi.useRealTimers());

test('what nobody could read is counted instead of sent', () => {
  const feed = feedOf();
  for (let index = 0; index < 40; index += 1) feed.push(entry(String(index)), false);
  vi.advanceTimersByTime(1000);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.ids).toHaveLength(25);
  expect(sent[0]?.leftOut).toEqual({ orders: { count: 15, totalMs: 60, denied: 0, failed: 0 } });
});

test('what is left out is counted by how it ended', () => {
  const feed = feedOf();
  for (let index = 0; index < 60; index += 1) feed.push(entry(String(index), 'deny'), false);
  feed.leaveOut({ api: 'orders', decision: 'allow', status: 502, outcome: 'completed', durationMs: 1 });
  feed.leaveOut({ api: 'orders', decision: 'allow', status: null, outcome: 'aborted', durationMs: 1 });
  feed.leaveOut({ api: 'orders', decision: 'allow', status: 404, outcome: 'completed', durationMs: 1 });
  vi.advanceTimersByTime(1000);
  expect(sent[0]?.ids).toHaveLength(50);
  expect(sent[0]?.leftOut).toEqual({ orders: { count: 13, totalMs: 43, denied: 10, failed: 2 } });
});

test('denials and requests that are shown as under way still pass when it is full', () => {
  const feed = feedOf();
  for (let index = 0; index < 25; index += 1) feed.push(entry(String(index)), false);
  feed.push(entry('denied', 'deny'), false);
  feed.push(entry('shown'), true);
  vi.advanceTimersByTime(1000);
  expect(sent[0]?.ids.slice(-2)).toEqual(['denied', 'shown']);
});

test('a request that lasts is shown once while it is under way', () => {
  let asked = 0;
  const feed = feedOf(() => [
    {
      takePendingEntry: () => {
        asked += 1;
        return asked === 2 ? entry('slow') : null;
      },
    },
  ]);
  feed.didBegin();
  vi.advanceTimersByTime(600);
  expect(sent).toEqual([{ ids: ['slow'], leftOut: {} }]);
});

test('nothing is sent after the end', () => {
  const feed = feedOf();
  feed.push(entry('late'), false);
  feed.close();
  vi.advanceTimersByTime(1000);
  expect(sent).toEqual([]);
});
