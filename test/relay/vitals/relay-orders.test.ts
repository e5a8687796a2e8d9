import { describe, expect, it } from 'vitest';
import { createSeal } from '../../../relay/shared-state/seal.ts';
import { refuseWorkerOrder, type RelayOrder } from '../../../relay/vitals/relay-order.ts';
import { closedOrder, oldestOrderMs, openedOrder, orderGate, orderTimes } from '../../../relay/vitals/relay-orders.ts';

const seal = createSeal(Buffer.alloc(32, 1));
const stranger = createSeal(Buffer.alloc(32, 2));
const startedAtMs = 1000;
const nowMs = 1_000_000_000;
const order: RelayOrder = {
  atMs: nowMs,
  relay: 'r-one',
  startedAtMs,
  worker: null,
  act: 'drain',
  by: 'dana',
  at: 'r-two',
  reason: 'Why',
};

describe('an order that stands where others may write', () => {
  it('is opened by relays that have the secret, at its place', () => {
    const { place, text } = closedOrder(order, seal);
    expect(place).toBe('r-one');
    expect(text).not.toContain('dana');
    expect(openedOrder(place, text, seal)).toEqual(order);
    expect(closedOrder({ ...order, worker: 2 }, seal).place).toBe('r-one#2');
  });

  it.each([
    ['in the clear', 'r-one', JSON.stringify(order)],
    ['sealed with another secret', 'r-one', closedOrder(order, stranger).text],
    ['moved here from another relay’s place', 'r-one', closedOrder({ ...order, relay: 'r-six' }, seal).text],
    ['moved here from a worker’s place', 'r-one', closedOrder({ ...order, worker: 1 }, seal).text],
    ['that is none', 'r-one', seal.close('relay order r-one', '{"act":"explode"}')],
    ['that is nonsense', 'r-one', ''],
  ])('is none %s', (_what, place, text) => {
    expect(openedOrder(place, text, seal)).toBe(null);
  });

  it('of relays without a secret is opened as it stands', () => {
    const { place, text } = closedOrder(order, undefined);
    expect(openedOrder(place, text, undefined)).toEqual(order);
    expect(openedOrder('r-six', text, undefined)).toBe(null);
  });
});

describe('an order counts', () => {
  it.each([
    ['young', {}, true],
    ['as old as may be', { atMs: nowMs - oldestOrderMs }, true],
    ['too old', { atMs: nowMs - oldestOrderMs - 1 }, false],
    ['of a clock that is far ahead', { atMs: nowMs + oldestOrderMs + 1 }, false],
    ['of another process of the relay', { startedAtMs: startedAtMs - 1 }, false],
  ])('%s: %o, %s', (_what, differs, counts) => {
    expect(orderGate(startedAtMs, () => nowMs).lets({ ...order, ...differs })).toBe(counts);
  });

  it('once, and none that was given before it of the same workers, wherever', () => {
    const gate = orderGate(startedAtMs, () => nowMs);
    const later: RelayOrder = { ...order, act: 'undrain', worker: 1, atMs: nowMs + 1 };
    gate.didObey(later, true);
    expect(gate.lets(later)).toBe(false);
    expect(gate.lets({ ...later, atMs: nowMs })).toBe(false);
    expect(gate.lets({ ...later, at: 'r-six', atMs: nowMs })).toBe(false);
    expect(gate.lets(order)).toBe(false);
    expect(gate.lets({ ...order, worker: 2 })).toBe(true);
    expect(gate.lets({ ...order, atMs: nowMs + 2 })).toBe(true);
    gate.didObey({ ...order, atMs: nowMs + 2 }, false);
    expect(gate.lets({ ...order, worker: 2, atMs: nowMs + 2 })).toBe(false);
    expect(gate.counted).toEqual([
      { worker: 1, at: 'r-two', atMs: nowMs + 1, done: true },
      { worker: null, at: 'r-two', atMs: nowMs + 2, done: false },
    ]);
  });

  it('later than the one before, also when its clock stands or goes back', () => {
    const clock = [5, 5, 3, 9];
    const time = orderTimes(() => clock.shift() ?? 0);
    expect([time(), time(), time(), time()]).toEqual([5, 6, 7, 9]);
  });

  it('later than those of relays whose clock is ahead, but for what can’t count', () => {
    const time = orderTimes(() => 5);
    expect([time([7, 3]), time(), time([5 + oldestOrderMs])]).toEqual([8, 9, 10]);
  });
});

describe('of a relay’s workers', () => {
  const process = (worker: number | null, draining = false) => ({ worker, draining });
  const two = { draining: false, processes: [process(null), process(1), process(2)] };
  it.each([
    ['one that isn’t there', two, 3, 'drain', 'bad-input'],
    ['one of a relay of one process', { ...two, processes: [process(null)] }, 1, 'drain', 'bad-input'],
    ['the last that takes people', { ...two, processes: [process(1), process(2, true)] }, 1, 'drain', 'bad-config'],
    ['one of a relay that is drained', { ...two, draining: true }, 1, 'undrain', 'bad-config'],
  ] as const)('%s is refused', (_which, state, worker, act, code) => {
    expect(() => refuseWorkerOrder(state, worker, act)).toThrow(expect.objectContaining({ code }));
  });
  it('one of several is drained, again if need be, and taken back', () => {
    refuseWorkerOrder(two, 1, 'drain');
    const drained = { ...two, processes: [process(1, true), process(2)] };
    refuseWorkerOrder(drained, 1, 'drain');
    refuseWorkerOrder(drained, 1, 'undrain');
  });
  it('one whose process keeps ending is taken back and drained, but takes nobody’s people', () => {
    const down = { ...two, workers: [1, 2], processes: [process(null), process(1)] };
    refuseWorkerOrder(down, 2, 'undrain');
    refuseWorkerOrder(down, 2, 'drain');
    expect(() => refuseWorkerOrder(down, 1, 'drain')).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });
});
