import { z } from 'zod';
import { downWorkerSchema } from './down-worker.ts';

const processSchema = z.object({
  worker: z.number().nullable(),
  pid: z.number(),
  startedAtMs: z.number(),
  atMs: z.number(),
  tunnels: z.number(),
  streams: z.number(),
  /** Whether its people are sent elsewhere; older relays don’t say it of each. */
  draining: z.boolean().default(false),
  memoryBytes: z.number(),
  eventLoopDelayMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
});

const countedOrderSchema = z.object({
  /** One of its workers; null for all of it. */
  worker: z.number().nullable(),
  /** The relay where it was given, and when. */
  at: z.string(),
  atMs: z.number(),
  /** False for one that couldn’t be done. */
  done: z.boolean(),
});
/** An order of an operator at another relay that counted. */
export type CountedOrder = z.infer<typeof countedOrderSchema>;

/** How a relay is, as operators see it and as relays that share a storage tell each other. Times are milliseconds since the epoch. */
export const relayStateSchema = z.object({
  /** By which relays that share a storage know each other, and their records name them. */
  id: z.string(),
  name: z.string(),
  url: z.string(),
  version: z.string(),
  startedAtMs: z.number(),
  /** When it said so. */
  atMs: z.number(),
  ready: z.boolean(),
  problems: z.array(z.string()),
  auditHealthy: z.boolean(),
  /** Whether it said last that it ends, in order: nobody waits for it. Older relays don’t say. */
  stopped: z.boolean().optional(),
  /** All of it; a worker may be drained alone. */
  draining: z.boolean(),
  /** Whether operators at other relays can have it drained, or one of its workers; older ones know other orders. */
  takesTimedOrders: z.boolean().default(false),
  /** Whether orders to it are sealed with the secret that relays share, and others don’t count; older relays don’t say. */
  sealsOrders: z.boolean().optional(),
  /** Of all of it and of each worker the last order of an operator at another relay; said to others, but not by older relays. */
  countedOrders: z.array(countedOrderSchema).optional(),
  policyRevision: z.string(),
  config: z.object({
    loadedAtMs: z.number(),
    /** Why a later one was refused; null when none was. */
    refused: z.object({ atMs: z.number(), reason: z.string() }).nullable(),
  }),
  tunnels: z.number(),
  streams: z.number(),
  memoryBytes: z.number(),
  /** Addresses and networks whose callers its own config lets in whatever is locked: always, or where the lock is of a finding. */
  sparedAddresses: z
    .object({ always: z.array(z.string()), ofFindings: z.array(z.string()) })
    .default({ always: [], ofFindings: [] }),
  /** Numbers of all its workers, also of those that don’t run at the moment; older relays don’t say. */
  workers: z.array(z.number()).optional(),
  /** Those that nobody is served by at the moment, since when and why; older relays don’t say. */
  downWorkers: z.array(downWorkerSchema).optional(),
  /** The relay’s process, or its primary process and its workers, as far as they run. */
  processes: z.array(processSchema),
});
export type RelayState = z.infer<typeof relayStateSchema>;

/** Numbers of a relay’s workers, in their order; of an older relay those that run. */
export function workersOf({
  workers,
  processes,
}: {
  readonly workers?: readonly number[] | undefined;
  readonly processes: readonly { readonly worker: number | null }[];
}): readonly number[] {
  return workers ?? processes.flatMap(({ worker }) => worker ?? []);
}

/** Relays say how they are every 15 s. */
const silentMs = 60_000;

/** Whether a relay says no more: it has ended, or has said nothing for a minute, being down or cut off. */
export function isSilent({ atMs, stopped }: Pick<RelayState, 'atMs' | 'stopped'>, nowMs: number): boolean {
  return stopped === true || nowMs - atMs > silentMs;
}
