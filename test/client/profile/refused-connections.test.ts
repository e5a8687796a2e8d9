import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRefusedConnections } from '../../../client/profile/refused-connections.ts';

const told: string[] = [];
const refused = createRefusedConnections({
  tell: ({ requestId, api, connections, reason }) =>
    told.push(`${requestId} ${api} ${connections} ${reason.slice(0, 7)}`),
  now: () => 0,
});

beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
});

afterEach(() => {
  refused.close();
  vi.useRealTimers();
});

test('the first is told at once, those of the next minute together, and after a quiet minute it begins anew', () => {
  for (let index = 0; index < 500; index += 1) refused.add('orders', 'other-user');
  refused.add('orders', 'unknown-owner');
  refused.add('inventory', 'other-user');
  expect(told).toEqual([
    'refused-connection-1 orders 1 Another',
    'refused-connection-2 orders 1 This sy',
    'refused-connection-3 inventory 1 Another',
  ]);
  vi.advanceTimersByTime(60_000);
  expect(told.slice(3)).toEqual(['refused-connection-1 orders 500 Another']);
  refused.add('orders', 'other-user');
  vi.advanceTimersByTime(60_000);
  expect(told.slice(4)).toEqual(['refused-connection-1 orders 501 Another']);
  vi.advanceTimersByTime(60_000);
  refused.add('orders', 'other-user');
  expect(told.slice(5)).toEqual(['refused-connection-4 orders 1 Another']);
});
