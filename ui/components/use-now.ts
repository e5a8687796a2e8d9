import { useCallback, useSyncExternalStore } from 'react';
import { clockTime, watchClock } from './clock.ts';

/** How often relative times are written anew. */
export const minuteMs = 60_000;

/**
 * The present time in milliseconds, for relative times and countdowns: by one clock for the whole page, which stands
 * still while the page can't be seen.
 */
export function useNow(everyMs: number = minuteMs): number {
  const subscribe = useCallback((changed: () => void) => watchClock(everyMs, changed), [everyMs]);
  return useSyncExternalStore(subscribe, () => clockTime(everyMs));
}
