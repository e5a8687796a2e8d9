import { recordFirst } from '../audit/record-first.ts';
import { type OrderedAct, refuseWorkerOrder } from '../vitals/relay-order.ts';
import type { RelayState } from '../vitals/relay-state.ts';
import type { AdminParts } from './admin-parts.ts';

type Parts = Pick<AdminParts, 'relay' | 'audit' | 'ownState'>;

/** What is to be drained here or taken back, and what is said of it. */
export interface DrainHere {
  readonly act: OrderedAct;
  /** One of the relay’s workers; null for all of the relay. */
  readonly worker: number | null;
  /** Who asks, and why. */
  readonly words: string;
}

/**
 * Drains this relay, or one of its workers, or takes it back. Durable before anything happens: what was done, by whom, why,
 * and how it was before.
 * @throws AccessError `audit-unavailable`, or `bad-input` or `bad-config` for a worker that can’t be drained
 */
export async function drainHere({ relay, audit, ownState }: Parts, { act, worker, words }: DrainHere): Promise<void> {
  const before = ownState();
  if (worker !== null) refuseWorkerOrder(before, worker, act);
  const event = act === 'drain' ? 'draining' : 'undrained';
  const detail = `asked for by ${words}${whichWords(worker)} (before: ${loadWords(before, worker)})`;
  await recordFirst(audit, { type: 'relay', timeMs: Date.now(), event, detail });
  if (act === 'drain') relay.sendAway(worker);
  else relay.takeBack(worker);
}

/** How the relay or the worker was, for the record. */
export function loadWords({ processes, ...relay }: RelayState, worker: number | null): string {
  const { draining, tunnels } = processes.find((process) => worker !== null && process.worker === worker) ?? relay;
  return `${draining ? 'draining' : 'serving'}, ${tunnels} tunnels`;
}

export function whichWords(worker: number | null): string {
  return worker === null ? '' : `, of its worker ${worker}`;
}
