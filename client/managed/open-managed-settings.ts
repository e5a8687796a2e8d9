import { isDeepStrictEqual } from 'node:util';
import { type ManagedState, nothingManaged } from '../../shared/managed/managed-state.ts';
import { type Missed, withinGrace } from './grace.ts';
import { type GoodEntries, judgePolicy } from './judge-policy.ts';
import { type KeptPolicy, toKeep, withKept } from './kept-policy.ts';
import { goodEntriesOf, withLastGood } from './last-good.ts';
import type { PolicyReader } from './policy-reader.ts';

/** What IT has set from outside, for as long as the program runs. */
export interface ManagedSettings {
  current(): ManagedState;
  /** Calls back with each other state; returns what stops that. */
  watch(listener: (state: ManagedState) => void): () => void;
  /** Looks at once instead of at the next turn. */
  look(): Promise<void>;
  close(): void;
}

/** How often the places are looked at; no system tells of all of its changes by itself. */
const everyMs = 5_000;
/** Longer than systems take to write anew what they have deleted. */
const graceMs = 30_000;

export interface ManagedSettingsOptions {
  readonly everyMs?: number;
  /** How long what is gone from a place holds on. */
  readonly graceMs?: number;
  /** What held in earlier runs; nothing by default. */
  readonly kept?: KeptPolicy;
  readonly now?: () => number;
  /** By the calendar, which goes on from one run to the next. */
  readonly today?: () => number;
}

/**
 * Reads the policies, and again every few seconds, so that changes hold while the program runs; what can't be used any more
 * leaves what held before, and what is gone holds on for a moment; at a start, what restricts. Keeps no process alive.
 */
export async function openManagedSettings(
  reader: PolicyReader,
  options: ManagedSettingsOptions = {},
): Promise<ManagedSettings> {
  const { kept, now = () => performance.now(), today = Date.now } = options;
  const grace = options.graceMs ?? graceMs;
  const listeners = new Set<(state: ManagedState) => void>();
  const order = kept?.load() ?? [];
  let saved = order;
  /** What only earlier runs have seen. */
  let earlier = order;
  let good: readonly GoodEntries[] = [];
  let missed: Missed = new Map();
  let state = await read();
  let looking: Promise<void> | undefined;
  let closed = false;

  async function read(): Promise<ManagedState> {
    const found = await reader.read();
    const inGrace = withinGrace(found, good, missed, { nowMs: now(), graceMs: grace });
    missed = inGrace.missed;
    const own = withLastGood(inGrace.documents, good);
    good = goodEntriesOf(own);
    const { documents, left } = withKept(own, earlier, { order, nowMs: today(), graceMs: grace });
    earlier = left;
    const next = toKeep(good, earlier);
    if (!isDeepStrictEqual(next, saved)) kept?.save(next);
    saved = next;
    return judgePolicy(documents);
  }

  async function look(): Promise<void> {
    const next = await read();
    if (closed || isDeepStrictEqual(next, state)) return;
    state = next;
    for (const listener of listeners) listener(state);
  }

  const lookOnce = async (): Promise<void> => {
    looking ??= look().finally(() => (looking = undefined));
    await looking;
  };
  const timer = setInterval(() => void lookOnce(), options.everyMs ?? everyMs);
  timer.unref();
  return {
    current: () => state,
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    look: lookOnce,
    close() {
      closed = true;
      clearInterval(timer);
      listeners.clear();
    },
  };
}

/** Where nobody manages anything, and nobody ever will. */
export const unmanaged: ManagedSettings = {
  current: () => nothingManaged,
  watch: () => () => undefined,
  look: async () => undefined,
  close: () => undefined,
};
