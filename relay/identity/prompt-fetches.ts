/** Fetches of keys within the pause that follows a fetch. */
export interface PromptFetches {
  /** 0 when one may begin now, which is then counted; else after how many milliseconds asking again is of use. */
  take(asked: { readonly firstAskedMs: number; readonly isFromKnownAddress: boolean }, nowMs: number): number;
}

/** Who made a name up has no reason to come back with it; who has a new key has no other. */
const askAgainAfterMs = 1000;

/**
 * A key that is asked for again needn’t wait for the end of the pause, as long as there are turns left. Whoever asks
 * makes them fewer, so callers from where somebody has signed in have turns of their own, which strangers can’t use
 * up. A fetch serves all who wait, whoever caused it.
 */
export function createPromptFetches(): PromptFetches {
  const anybody = createTurns({ most: 5, refillMs: 10_000 });
  const known = createTurns({ most: 5, refillMs: 5000 });
  return {
    take({ firstAskedMs, isFromKnownAddress }, nowMs) {
      const askedForMs = nowMs - firstAskedMs;
      if (askedForMs < askAgainAfterMs) return askAgainAfterMs - askedForMs;
      const waitMs = anybody.take(nowMs);
      return waitMs === 0 || !isFromKnownAddress ? waitMs : Math.min(waitMs, known.take(nowMs));
    },
  };
}

function createTurns({ most, refillMs }: { readonly most: number; readonly refillMs: number }): {
  take(nowMs: number): number;
} {
  let left = most;
  let countedAtMs = 0;
  return {
    take(nowMs) {
      const refilled = Math.max(0, Math.floor((nowMs - countedAtMs) / refillMs));
      left = Math.min(most, left + refilled);
      countedAtMs = left === most ? nowMs : countedAtMs + refilled * refillMs;
      if (left === 0) return countedAtMs + refillMs - nowMs;
      left -= 1;
      return 0;
    },
  };
}
