import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBlockwiseCounters } from '../../../relay/quota/blockwise-counters.ts';
import type { BlockStore, Count, CounterStore } from '../../../relay/quota/counter-store.ts';
import { createMemoryCounters, type MemoryCounters } from '../../../relay/quota/memory-counters.ts';

const window = { startMs: 0, endMs: 60_000 };

function countOf(most: number, caller = 'alice'): Count {
  return { limitId: '*/pace', every: 'minute', caller, most, window };
}

/** A store that several processes share, and what it was asked. */
function sharedStore(memory: MemoryCounters = createMemoryCounters()): BlockStore & {
  readonly asked: number[];
  fails: Error | null;
} {
  const asked: number[] = [];
  const store = {
    asked,
    fails: null as Error | null,
    async take(count: Count, wanted: number) {
      asked.push(wanted);
      if (store.fails !== null) throw store.fails;
      return memory.takeBlock(count, wanted);
    },
    giveBack: (count: Count, requests: number) => memory.giveBack(count, requests),
    left: async (count: Count) => memory.left(count),
    close: () => Promise.resolve(),
  };
  return store;
}

const takes = (counters: CounterStore, count: Count, requests: number): Promise<number[]> =>
  Promise.all(Array.from({ length: requests }, async () => counters.take(count)));

const through = (lefts: readonly number[]): number => lefts.filter((left) => left >= 0).length;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: 1000 }));
afterEach(() => void vi.useRealTimers());

describe('requests of one turn', () => {
  it('are counted by one question, and the last of them are refused when the window is full', async () => {
    const store = sharedStore();
    const counters = createBlockwiseCounters(store);
    expect(await takes(counters, countOf(5), 8)).toEqual([4, 3, 2, 1, 0, -1, -1, -1]);
    expect(store.asked).toEqual([8]);
  });

  it('are counted apart by caller and limit', async () => {
    const store = sharedStore();
    const counters = createBlockwiseCounters(store);
    const lefts = await Promise.all([takes(counters, countOf(2), 3), takes(counters, countOf(2, 'bob'), 1)]);
    expect(lefts).toEqual([[1, 0, -1], [1]]);
    expect(store.asked).toEqual([3, 1]);
  });

  it('all fail when the store does, and the next are asked for again', async () => {
    const store = sharedStore();
    const counters = createBlockwiseCounters(store);
    store.fails = new Error('away');
    const settled = await Promise.allSettled([counters.take(countOf(5)), counters.take(countOf(5))]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    store.fails = null;
    expect(await takes(counters, countOf(5), 1)).toEqual([4]);
  });

  it('a limit of none asks nobody', async () => {
    const store = sharedStore();
    const counters = createBlockwiseCounters(store);
    expect(await takes(counters, countOf(0), 2)).toEqual([-1, -1]);
    expect(await counters.left(countOf(0))).toBe(0);
    expect(store.asked).toEqual([]);
  });
});

describe('a limit that has much left', () => {
  it('is asked seldom by who asks much, and what goes unused is given back', async () => {
    const store = sharedStore();
    const counters = createBlockwiseCounters(store);
    const count = countOf(100_000);
    for (let turns = 0; turns < 100; turns += 1) expect(through(await takes(counters, count, 10))).toBe(10);
    expect(store.asked.length).toBeLessThan(20);
    expect(Math.max(...store.asked)).toBeLessThanOrEqual(10 + 256);
    expect(await counters.left(count)).toBe(99_000);
    expect(await store.left(count)).toBeLessThan(99_000);
    vi.advanceTimersByTime(300);
    expect(await store.left(count)).toBe(99_000);
  });

  it('is asked for each request by who asks seldom', async () => {
    const store = sharedStore();
    const counters = createBlockwiseCounters(store);
    for (let turns = 0; turns < 5; turns += 1) {
      await takes(counters, countOf(100_000), 1);
      vi.setSystemTime(Date.now() + 50);
    }
    expect(store.asked).toEqual([1, 1, 1, 1, 1]);
  });

  it('keeps nothing for who has become slow', async () => {
    const store = sharedStore();
    const counters = createBlockwiseCounters(store);
    const count = countOf(100_000);
    for (let turns = 0; turns < 2; turns += 1) await takes(counters, count, 10);
    let taken = 20;
    for (; taken < 24; taken += 1) {
      vi.advanceTimersByTime(90);
      await takes(counters, count, 1);
    }
    expect(await store.left(count)).toBe(100_000 - taken);
  });

  it('gives nothing back to a window that has ended, where it would open the next one', async () => {
    const memory = createMemoryCounters();
    const store = sharedStore(memory);
    const given = vi.spyOn(memory, 'giveBack');
    const counters = createBlockwiseCounters(store);
    for (let turns = 0; turns < 3; turns += 1) await takes(counters, countOf(100_000), 10);
    vi.setSystemTime(window.endMs);
    vi.advanceTimersByTime(300);
    expect(given).not.toHaveBeenCalled();
  });

  it('has what was held again when it closes', async () => {
    const store = sharedStore();
    const counters = createBlockwiseCounters(store);
    for (let turns = 0; turns < 3; turns += 1) await takes(counters, countOf(100_000), 10);
    await counters.close();
    expect(await store.left(countOf(100_000))).toBe(99_970);
  });
});

it.each([5, 300, 1000, 5000, 20_000])(
  'three processes let exactly %i of more requests through, however they take turns',
  async (most) => {
    const memory = createMemoryCounters();
    const processes = [1, 2, 3].map(() => createBlockwiseCounters(sharedStore(memory)));
    let passed = 0;
    let refusedInRow = 0;
    for (let step = 0; refusedInRow < 12; step += 1) {
      const counters = processes[(step * 7 + (step >> 2)) % 3] as CounterStore;
      const lefts = await takes(counters, countOf(most), 1 + (step % 23));
      passed += through(lefts);
      refusedInRow = through(lefts) === 0 ? refusedInRow + 1 : 0;
      await turn();
      // What another process holds unused comes back within two of these.
      if (refusedInRow > 0) vi.advanceTimersByTime(200);
    }
    expect(passed).toBe(most);
  },
);

it('requests that another limit refuses are given back', async () => {
  const store = sharedStore();
  const counters = createBlockwiseCounters(store);
  await takes(counters, countOf(5), 5);
  counters.giveBack(countOf(5));
  expect(await takes(counters, countOf(5), 2)).toEqual([0, -1]);
});

it('what is given back late opens no later window', () => {
  const memory = createMemoryCounters();
  const next = { ...countOf(5), window: { startMs: 60_000, endMs: 120_000 } };
  memory.takeBlock(countOf(5), 5);
  memory.takeBlock(next, 5);
  memory.giveBack(countOf(5), 5);
  expect(memory.left(next)).toBe(0);
});
