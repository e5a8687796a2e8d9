import type { Seal } from '../shared-state/seal.ts';
import { orderPlace, type RelayOrder, relayOrderSchema } from './relay-order.ts';
import type { CountedOrder } from './relay-state.ts';

/** Orders are obeyed within seconds, or not at all; so much may clocks of relays differ besides. */
export const oldestOrderMs = 60_000;

/**
 * Times of the orders that a relay gives, whatever its clock does.
 * @returns later times with each call, and later than those of other orders that are known; but for times that are too far
 * ahead to count
 */
export function orderTimes(now: () => number): (knownMs?: readonly number[]) => number {
  let lastMs = 0;
  return (knownMs = []) => {
    const nowMs = now();
    const others = knownMs.filter((timeMs) => timeMs < nowMs + oldestOrderMs);
    lastMs = Math.max(nowMs, ...[lastMs, ...others].map((timeMs) => timeMs + 1));
    return lastMs;
  };
}

/** An order as it stands where relays share something: sealed for its place, so that only who has their secret can give one. */
export function closedOrder(
  order: RelayOrder,
  seal: Seal | undefined,
): { readonly place: string; readonly text: string } {
  const place = orderPlace(order.relay, order.worker);
  const text = JSON.stringify(order);
  return { place, text: seal === undefined ? text : seal.close(sealedPlace(place), text) };
}

/** What was found at a place; null for what isn’t an order, or wasn’t sealed for that place by a relay that has the secret. */
export function openedOrder(place: string, text: string, seal: Seal | undefined): RelayOrder | null {
  const opened = seal === undefined ? text : seal.open(sealedPlace(place), text);
  if (opened === undefined) return null;
  const order = relayOrderSchema.safeParse(parsed(opened)).data ?? null;
  return order !== null && orderPlace(order.relay, order.worker) === place ? order : null;
}

/** Decides which orders count: for this process of this relay, young, and later than those that counted of the same workers. */
export interface OrderGate {
  /** Whether it is to be obeyed now. */
  lets(order: RelayOrder): boolean;
  /** It needn’t be looked at again, nor what was ordered before. @param done whether it could be done */
  didObey(order: RelayOrder, done: boolean): void;
  /** The last one of all of the relay, and of each worker. */
  readonly counted: readonly CountedOrder[];
}

/** @param startedAtMs of this process: what was ordered of another one is nothing to it, so that marks needn’t outlast it */
export function orderGate(startedAtMs: number, now: () => number): OrderGate {
  const last = new Map<number | null, CountedOrder>();
  const isAboutSame = (one: number | null, other: number | null): boolean =>
    one === other || one === null || other === null;
  return {
    lets: (order) =>
      order.startedAtMs === startedAtMs &&
      Math.abs(now() - order.atMs) <= oldestOrderMs &&
      [...last.values()].every(({ worker, atMs }) => !isAboutSame(worker, order.worker) || order.atMs > atMs),
    didObey: ({ worker, at, atMs }, done) => void last.set(worker, { worker, at, atMs, done }),
    get counted() {
      return [...last.values()];
    },
  };
}

function sealedPlace(place: string): string {
  return `relay order ${place}`;
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
