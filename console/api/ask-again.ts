/** Whether news arrive as they happen, and whether they are those of all relays that share something. */
export interface Liveness {
  readonly state: 'off' | 'connecting' | 'live';
  /** Relays that share a Redis alone tell of themselves only. */
  readonly isWhole: boolean;
}

/** What was missed all the same. */
const seldomMs = 60_000;
const oftenMs = 15_000;

/**
 * After how long something that is told of as it happens is read again all the same: soon where it may not be told of.
 * Undefined for what is never read by itself. Pure.
 * @param everyMs how often the page wants it; left out where news alone were to say so
 */
export function askAgainMs(
  { state, isWhole }: Liveness,
  { everyMs, isLive }: { readonly everyMs: number | undefined; readonly isLive: boolean },
): number | undefined {
  if (!isLive) return everyMs;
  const unasked = state === 'live' && isWhole ? seldomMs : oftenMs;
  return Math.min(everyMs ?? unasked, unasked);
}
