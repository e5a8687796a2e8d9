import { isDeepStrictEqual } from 'node:util';
import { type ManagedState, nothingManaged } from '../../shared/managed/managed-state.ts';
import { type GoodEntries, judgePolicy } from './judge-policy.ts';
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

/**
 * Reads the policies, and again every few seconds, so that changes hold while the program runs; what can't be used any more
 * leaves what held before. Keeps no process alive.
 */
export async function openManagedSettings(
  reader: PolicyReader,
  options: { readonly everyMs?: number } = {},
): Promise<ManagedSettings> {
  const listeners = new Set<(state: ManagedState) => void>();
  let good: readonly GoodEntries[] = [];
  let state = await read();
  let looking: Promise<void> | undefined;
  let closed = false;

  async function read(): Promise<ManagedState> {
    const documents = withLastGood(await reader.read(), good);
    good = goodEntriesOf(documents);
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
