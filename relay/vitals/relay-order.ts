import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import { type RelayState, workersOf } from './relay-state.ts';

export const orderedActs = ['drain', 'undrain'] as const;
export type OrderedAct = (typeof orderedActs)[number];

/** What a relay is asked to do by an operator at another one. */
export const relayOrderSchema = z.object({
  /** When it was given, by the clock of the relay where it was: later each time. Milliseconds since the epoch. */
  atMs: z.number(),
  /** Of the relay that is to do it, and when it had started: the next process of it has nothing to do with it. */
  relay: z.string().max(100),
  startedAtMs: z.number(),
  /** One of its workers; null for all of it. */
  worker: z.int().min(1).nullable(),
  act: z.enum(orderedActs),
  by: z.string().max(400),
  /** The relay where it was asked for. */
  at: z.string().max(100),
  reason: z.string().max(1000),
});
export type RelayOrder = z.infer<typeof relayOrderSchema>;

/** Where an order stands: one place for a relay and one for each of its workers, at each of which the last one counts. */
export function orderPlace(relay: string, worker: number | null): string {
  return worker === null ? relay : `${relay}#${worker}`;
}

type Process = Pick<RelayState['processes'][number], 'worker' | 'draining'>;

/**
 * Lets an order of one worker pass. Pure.
 * @throws AccessError `bad-input` for one that isn’t there, `bad-config` where it would leave nobody to take people, or all is drained
 */
export function refuseWorkerOrder(
  state: Pick<RelayState, 'workers' | 'draining'> & { readonly processes: readonly Process[] },
  wanted: number,
  act: OrderedAct,
): void {
  const workers = workersOf(state);
  if (!workers.includes(wanted))
    throw new AccessError(
      'bad-input',
      workers.length === 0
        ? 'The relay is one process: there is no worker to drain. Drain the relay.'
        : `There is no worker ${wanted}: the relay has ${workers.join(', ')}.`,
    );
  if (state.draining) throw new AccessError('bad-config', 'All of the relay is drained. Take the relay back.');
  // Only those that run take people.
  const takers = state.processes.filter(({ worker, draining }) => worker !== null && worker !== wanted && !draining);
  if (act === 'drain' && takers.length === 0)
    throw new AccessError('bad-config', 'No other worker would take its people. Drain the relay.');
}
