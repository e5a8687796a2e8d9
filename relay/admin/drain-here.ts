import { recordFirst } from '../audit/record-first.ts';
import { type OrderedAct, refuseWorkerOrder } from '../vitals/relay-order.ts';
import type { RelayState } from '../vitals/relay-state.ts';
import type { AdminParts } from './admin-parts.ts';

type Parts = Pick<AdminParts, 'relay' | 'audit' | 'ownState'>;

/** What is to be drained here or taken back, and what is said of it. */
export interface DrainOrder {
  readonly act: OrderedAct;
  /** One of the relay’s workers; null for all of the relay. */
  readonly worker: number | null;
  /** Who asks, and why. */
  readonly words: string;
}

/**
 * Drains this relay, or one of its workers, or takes it back. Durable before anything happens: what was done, by whom, why,
 * and how it was before. Rejects with AccessError `audit-unavailable`, or `bad-input` or `bad-config` for a worker that can’t
 * be drained.
 */
export type DrainHere = (drain: DrainOrder) => Promise<void>;

/** Does one after the other: whether a worker may go depends on those that went before. */
export function drainsHere({ relay, audit, ownState }: Parts): DrainHere {
  let latest: Promise<unknown> = Promise.resolve();
  const drainAfter = async (earlier: Promise<unknown>, { act, worker, words }: DrainOrder): Promise<void> => {
    await Promise.allSettled([earlier]);
    const before = ownState();
    if (worker !== null) refuseWorkerOrder(before, worker, act);
    const event = act === 'drain' ? 'draining' : 'undrained';
    const detail = `asked for by ${words}${whichWords(worker)} (before: ${loadWords(before, worker)})`;
    await recordFirst(audit, { type: 'relay', timeMs: Date.now(), event, detail });
    if (act === 'drain') relay.sendAway(worker);
    else relay.takeBack(worker);
  };
  return (drain) => {
    const done = drainAfter(latest, drain);
    latest = done;
    return done;
  };
}

/** How the relay or the worker was, for the record. */
export function loadWords({ processes, ...relay }: RelayState, worker: number | null): string {
  const known = worker === null ? relay : processes.find((process) => process.worker === worker);
  if (known === undefined) return 'not running';
  const { draining, tunnels } = known;
  return `${draining ? 'draining' : 'serving'}, ${tunnels} tunnels`;
}

export function whichWords(worker: number | null): string {
  return worker === null ? '' : `, of its worker ${worker}`;
}
