import { describe, expect, test } from 'vitest';
import { activityTotals, appendActivity, filterActivity } from '../../../renderer/model/activity-log.ts';
import { lastRequestsOf } from '../../../renderer/model/current-profile.ts';
import { decisionText, requestOutcomeOf } from '../../../renderer/model/request-outcome.ts';
import { trafficBars } from '../../../renderer/model/traffic.ts';
import type { ActivityEntry, ActivityLog } from '../../../shared/activity.ts';
import { sampleActivity } from '../../support/renderer-preview/sample-snapshot.ts';

const now = 1_800_000_000_000;
const log = sampleActivity(now, 20);
const all = { api: null, deniedOnly: false, text: '' };

function entry(id: string, change: Partial<ActivityEntry> = {}): ActivityEntry {
  const [first] = sampleActivity(now, 2);
  if (first === undefined) throw new Error('the sample has entries');
  return { ...first, requestId: id, ...change };
}

describe('appendActivity', () => {
  const none = { entries: [], counts: {} };
  const of = (...entries: ActivityEntry[]): ActivityLog => ({ entries, counts: {} });
  const counted = (requests: number, denied = 0, failed = 0) => ({ orders: { requests, denied, failed } });

  test('a later report takes the place of the earlier one', () => {
    const pending = entry('a', { outcome: 'pending', status: null });
    const done = entry('a', { outcome: 'completed', status: 204 });
    const { entries } = appendActivity(of(pending, entry('b')), of(done, entry('c')));
    expect(entries.map((each) => [each.requestId, each.outcome])).toEqual([
      ['a', 'completed'],
      ['b', 'completed'],
      ['c', 'completed'],
    ]);
  });

  test('two reports on one new request in one push make one entry', () => {
    const pushed = of(entry('a', { outcome: 'pending' }), entry('a', { outcome: 'aborted' }));
    expect(appendActivity(none, pushed).entries).toMatchObject([{ requestId: 'a', outcome: 'aborted' }]);
  });

  test('keeps the newest when there are too many, and counts all', () => {
    const { entries, counts } = appendActivity(
      { entries: log, counts: counted(20, 2) },
      { entries: [entry('z')], counts: counted(1, 0, 1) },
      5,
    );
    expect(entries.at(-1)?.requestId).toBe('z');
    expect(entries).toHaveLength(5);
    expect(counts).toEqual(counted(21, 2, 1));
  });

  test('an empty push doesn’t change the list itself', () => {
    expect(appendActivity(of(...log), none).entries).toEqual(log);
  });

  test('what has no line is told, of all APIs and of one; refused connections are no requests', () => {
    const refused = entry('r', { connections: 3 });
    const counts = { ...counted(2623, 12, 3), inventory: { requests: 1, denied: 0, failed: 0 } };
    const totals = activityTotals({ entries: [entry('a', { api: 'orders' }), refused], counts });
    expect(totals).toEqual({ requests: 2624, denied: 12, failed: 3, notListed: { orders: 2622, inventory: 1 } });
    expect(activityTotals({ entries: [], counts }, 'inventory')).toMatchObject({
      requests: 1,
      notListed: { inventory: 1 },
    });
  });
});

describe('filterActivity', () => {
  test('shows the newest first', () => {
    expect(filterActivity(log, all)[0]).toBe(log.at(-1));
  });

  test('narrows by API, by denial and by text, together', () => {
    const found = filterActivity(log, { api: 'orders', deniedOnly: true, text: 'post REFUNDS' });
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((each) => each.api === 'orders' && each.decision === 'deny')).toBe(true);
  });

  test('finds a request by its id and by its status', () => {
    expect(filterActivity(log, { ...all, text: log[3]?.requestId ?? '' })).toEqual([log[3]]);
    expect(filterActivity(log, { ...all, text: '502' }).every((each) => each.status === 502)).toBe(true);
  });
});

test('the last requests of an API come newest first and no more than asked for', () => {
  const found = lastRequestsOf(log, 'orders', 5);
  expect(found).toHaveLength(5);
  expect(found.every((each) => each.api === 'orders')).toBe(true);
  expect(found[0]?.timeMs).toBeGreaterThan(found[4]?.timeMs ?? 0);
});

test.each([
  [{ decision: 'deny', status: 403, outcome: 'completed' }, 'denied', 'bad'],
  [{ decision: 'allow', status: 200, outcome: 'completed' }, '200', 'ok'],
  [{ decision: 'allow', status: 404, outcome: 'completed' }, '404', 'warning'],
  [{ decision: 'allow', status: 502, outcome: 'completed' }, '502', 'bad'],
  [{ decision: 'allow', status: null, outcome: 'pending' }, 'pending', 'quiet'],
  [{ decision: 'allow', status: 200, outcome: 'aborted' }, 'aborted', 'warning'],
  [{ decision: 'allow', status: null, outcome: 'unknown' }, 'unknown', 'warning'],
] as const)('the outcome of %j is told as “%s”', (request, label, tone) => {
  expect(requestOutcomeOf(request)).toEqual({ label, tone });
});

test('a decision names its rule, or says that none matched', () => {
  expect(decisionText({ decision: 'deny', rule: 'no-refunds' })).toBe('Denied by the rule no-refunds');
  expect(decisionText({ decision: 'deny', rule: null })).toBe('Denied: no rule matched');
});

test('traffic is counted by the second over the last minute, and nothing older', () => {
  const requests = [
    entry('old', { api: 'orders', timeMs: now - 61_000 }),
    entry('a', { api: 'orders', timeMs: now - 1000 }),
    entry('b', { api: 'orders', timeMs: now - 1000, decision: 'deny' }),
    entry('c', { api: 'inventory', timeMs: now }),
  ];
  const bars = trafficBars(requests, 'orders', now, 60);
  expect(bars).toHaveLength(60);
  expect(bars.at(-2)).toMatchObject({ requests: 2, denied: 1 });
  expect(bars.reduce((sum, bar) => sum + bar.requests, 0)).toBe(2);
});
