import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createNewDevices, type NewDevices } from '../../../client/profile/new-devices.ts';
import { AccessError } from '../../../shared/errors.ts';
import type { OwnSession } from '../../../shared/own-session.ts';
import type { ProfileRecord } from '../../../shared/settings.ts';

const session = (id: string, sinceMs: number, change: Partial<OwnSession> = {}): OwnSession => ({
  id,
  sinceMs,
  current: false,
  device: { name: `pc-${id}`, system: 'linux', appVersion: '0.1.0' },
  lastUsedAtMs: sinceMs,
  addresses: [],
  apis: [],
  openTunnels: 1,
  newDevice: true,
  ...change,
});
const own = session('own', 100, { current: true, newDevice: false });

let listed: readonly OwnSession[] | null;
let asked: number;
let record: ProfileRecord;
let devices: NewDevices;

function make(): NewDevices {
  return createNewDevices({
    ask: () => {
      asked += 1;
      return listed === null ? null : Promise.resolve(listed);
    },
    record: () => record,
    remember: (change) => (record = { ...record, ...change }),
    onChange: () => undefined,
    everyMs: 1000,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  [listed, asked] = [[own], 0];
  const relay = { id: 'r', relayUrl: 'https://r.example', relayName: 'R' };
  record = { ...relay, ports: {}, favourites: [], connected: [] };
  devices = make();
});
afterEach(() => {
  devices.stop();
  vi.useRealTimers();
});

test.each<[string, readonly OwnSession[]]>([
  ['the own one alone', [own]],
  ['one on a device that was used before', [own, session('a', 200, { newDevice: false })]],
  ['one that was there before this one', [own, session('a', 50)]],
  ['others, without a word which one asks', [session('a', 200), session('b', 300)]],
])('tells nothing of %s', (_what, sessions) => {
  devices.take(sessions);
  expect([devices.all, record.toldSessions]).toEqual([[], undefined]);
});

test('tells each once, oldest first, also over a restart', () => {
  devices.take([own, session('b', 300), session('a', 200)]);
  expect(devices.all.map(({ name }) => name)).toEqual(['pc-a', 'pc-b']);
  devices.take([own, session('b', 300), session('a', 200)]);
  expect(devices.all).toHaveLength(2);
  devices.didSee();
  devices.take([own, session('b', 300), session('a', 200)]);
  expect(devices.all).toEqual([]);
  const restarted = make();
  restarted.take([own, session('b', 300), session('c', 400), session('a', 200)]);
  expect(restarted.all.map(({ id }) => id)).toEqual(['c']);
});

test('looks again and again once it has begun, and not while nobody is signed in', async () => {
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toBe(0);
  devices.look();
  await vi.advanceTimersByTimeAsync(0);
  listed = [own, session('a', 200)];
  await vi.advanceTimersByTimeAsync(1000);
  expect([asked, devices.all.length]).toEqual([2, 1]);
  listed = null;
  await vi.advanceTimersByTimeAsync(1000);
  expect(devices.all).toHaveLength(1);
  devices.stop();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toBe(3);
});

test('a look that is asked for while one is under way comes right after it, and a failed one leaves what is known', async () => {
  const answers = [
    Promise.resolve([own]),
    Promise.reject(new AccessError('relay-unreachable', 'away')),
    Promise.resolve([own, session('a', 200)]),
  ];
  const slow = createNewDevices({
    ask: () => answers.shift() ?? null,
    record: () => record,
    remember: (change) => (record = { ...record, ...change }),
    onChange: () => undefined,
    everyMs: 1000,
  });
  slow.look();
  slow.look();
  await vi.advanceTimersByTimeAsync(0);
  expect(answers).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(slow.all).toHaveLength(1);
  slow.stop();
});
