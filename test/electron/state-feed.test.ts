import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStateFeed } from '../../electron/state-feed.ts';
import type { ConnectionState, Snapshot } from '../../shared/snapshot.ts';
import { applyPatch, type StateStep } from '../../shared/state-patch.ts';
import { onConnection, sampleProfile, sampleSnapshot } from '../support/renderer-preview/sample-snapshot.ts';

const nowMs = 1_800_000_000_000;
let snapshot: Snapshot;
let steps: StateStep[];

beforeEach(() => {
  vi.useFakeTimers({ now: nowMs });
  snapshot = sampleSnapshot(nowMs);
  steps = [];
});
afterEach(() => vi.useRealTimers());

function open() {
  return createStateFeed({ snapshot: () => snapshot, send: (step) => steps.push(structuredClone(step)) });
}

/** A profile with so many APIs, each with traffic of its own. */
function busy(count: number, rate: number): Snapshot {
  const connections: Record<string, ConnectionState> = {};
  for (let index = 0; index < count; index += 1)
    connections[`service-${index}`] = onConnection(`service-${index}`, 10_000 + index, nowMs, rate + (index % 7));
  return sampleSnapshot(nowMs, { profiles: [sampleProfile(nowMs, { connections })] });
}

test('steps lead from what was read to what is now, in order, once a frame', () => {
  const feed = open();
  feed.watch(true);
  const first = feed.read();
  for (const theme of ['dark', 'light', 'dark'] as const) {
    snapshot = { ...snapshot, settings: { ...snapshot.settings, theme } };
    feed.didChange();
  }
  vi.advanceTimersByTime(20);
  expect(steps).toHaveLength(1);
  snapshot = { ...snapshot, currentProfileId: null };
  feed.didChange();
  vi.advanceTimersByTime(20);
  expect(steps.map(({ sequence }) => sequence)).toEqual([first.sequence + 1, first.sequence + 2]);
  let state = first.snapshot;
  for (const { patch } of steps) state = applyPatch(state, patch);
  expect(state).toEqual(snapshot);
});

test('nothing is sent before somebody has read, nor while nobody looks, and no timer runs', () => {
  const feed = open();
  feed.watch(true);
  feed.didChange();
  expect(vi.getTimerCount()).toBe(0);
  feed.read();
  snapshot = busy(20, 5);
  feed.didChange();
  feed.watch(false);
  expect(vi.getTimerCount()).toBe(0);
  feed.didChange();
  expect(vi.getTimerCount()).toBe(0);
  expect(steps).toEqual([]);
  feed.watch(true);
  const [step] = steps;
  expect(step === undefined ? null : applyPatch(sampleSnapshot(nowMs), step.patch)).toEqual(snapshot);
});

test('a second reader takes nothing from the first', () => {
  const feed = open();
  feed.watch(true);
  const first = feed.read();
  snapshot = { ...snapshot, currentProfileId: null };
  const second = feed.read();
  snapshot = { ...snapshot, recentRelayUrls: [] };
  feed.didChange();
  vi.advanceTimersByTime(20);
  let state = first.snapshot;
  for (const { patch } of steps) state = applyPatch(state, patch);
  expect(state).toEqual(snapshot);
  expect(second).toMatchObject({ sequence: first.sequence + 1, snapshot: { currentProfileId: null } });
});

test('figures of 2,000 APIs that all change each second take 20 kB a second at most, and what people do comes at once', () => {
  const feed = open();
  snapshot = busy(2000, 1);
  feed.watch(true);
  let state = feed.read().snapshot;
  const seconds = 60;
  let characters = 0;
  const take = () => {
    for (const { patch } of steps.splice(0)) {
      characters += JSON.stringify(patch).length;
      state = applyPatch(state, patch);
    }
  };
  for (let second = 1; second <= seconds; second += 1) {
    snapshot = { ...busy(2000, second), recentRelayUrls: [`https://relay-${second}.example`] };
    feed.didChange();
    vi.advanceTimersByTime(20);
    take();
    expect(state.recentRelayUrls).toEqual(snapshot.recentRelayUrls);
    vi.advanceTimersByTime(980);
    take();
  }
  expect(characters / seconds).toBeLessThanOrEqual(20_000);
  vi.advanceTimersByTime(60_000);
  take();
  expect(state).toEqual(snapshot);
});
