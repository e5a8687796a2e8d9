import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRefusedConnections } from '../../../client/profile/refused-connections.ts';

const told: string[] = [];
const ids: string[] = [];
const run = () =>
  createRefusedConnections({
    tell: ({ requestId, api, connections, reason }) => {
      if (!ids.includes(requestId)) ids.push(requestId);
      told.push(`${ids.indexOf(requestId) + 1} ${api} ${connections} ${reason.slice(0, 7)}`);
    },
    now: () => 0,
  });
const refused = run();

beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
  ids.length = 0;
});

afterEach(() => {
  refused.reset();
  vi.useRealTimers();
});

test('the first is told at once, those of the next minute together, and after a quiet minute it begins anew', () => {
  for (let index = 0; index < 500; index += 1) refused.add('orders', 'other-user');
  refused.add('orders', 'unknown-owner');
  refused.add('inventory', 'other-user');
  expect(told).toEqual(['1 orders 1 Another', '2 orders 1 This sy', '3 inventory 1 Another']);
  vi.advanceTimersByTime(60_000);
  expect(told.slice(3)).toEqual(['1 orders 500 Another']);
  refused.add('orders', 'other-user');
  vi.advanceTimersByTime(60_000);
  expect(told.slice(4)).toEqual(['1 orders 501 Another']);
  vi.advanceTimersByTime(60_000);
  refused.add('orders', 'other-user');
  expect(told.slice(5)).toEqual(['4 orders 1 Another']);
});

test('entries of one run are not taken for those of another, which the activity keeps', () => {
  refused.add('orders', 'other-user');
  const next = run();
  next.add('orders', 'other-user');
  next.reset();
  expect(told).toEqual(['1 orders 1 Another', '2 orders 1 Another']);
});

test('after a sign-out nothing is told that was counted before it', () => {
  refused.add('orders', 'other-user');
  refused.add('orders', 'other-user');
  refused.reset();
  vi.advanceTimersByTime(120_000);
  expect(told).toEqual(['1 orders 1 Another']);
});
