import type { Seal } from '../shared-state/seal.ts';
import { orderPlace, type RelayOrder, relayOrderSchema } from './relay-order.ts';

/** Orders are obeyed within seconds, or not at all; so much may clocks of relays differ besides. */
export const oldestOrderMs = 60_000;

/** Makes what other relays read. @returns later times with each call, whatever the clock does */
export function orderTimes(now: () => number): () => number {
  let lastMs = 0;
  return () => (lastMs = Math.max(now(), lastMs + 1));
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

/** Decides which orders count: for this process of this relay, young, and later than those of the same relay that counted. */
export interface OrderGate {
  /** Whether it is to be obeyed now. */
  lets(order: RelayOrder): boolean;
  /** It needn’t be looked at again, nor what its relay ordered before. */
  didObey(order: RelayOrder): void;
}

/** @param startedAtMs of this process: what was ordered of another one is nothing to it, so that marks needn’t outlast it */
export function orderGate(startedAtMs: number, now: () => number): OrderGate {
  /** By the relay that ordered and the place: the time of the last one. */
  const marks = new Map<string, number>();
  const markOf = ({ at, relay, worker }: RelayOrder): string => `${at} ${orderPlace(relay, worker)}`;
  return {
    lets: (order) =>
      order.startedAtMs === startedAtMs &&
      Math.abs(now() - order.atMs) <= oldestOrderMs &&
      order.atMs > (marks.get(markOf(order)) ?? 0),
    didObey: (order) => void marks.set(markOf(order), order.atMs),
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
