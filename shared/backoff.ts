/** How the waits between attempts grow. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
  /**
   * How much of each wait is drawn, from 0 for none to 1 for all of it, so that many who were cut off at once don't come
   * back at once. Source: AWS Architecture Blog, “Exponential Backoff And Jitter”.
   */
  readonly jitter: number;
}

/** Behind this many failures no wait gets longer. */
const mostDoublings = 30;

/**
 * Milliseconds to wait before the next attempt: `firstMs`, doubled with each failure, up to `longestMs`.
 * @param failures in a row before this wait, the first wait having 0
 * @param random a number from 0 up to 1
 */
export function backoffMs(failures: number, { firstMs, longestMs, jitter }: Backoff, random = Math.random()): number {
  const wholeMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures, mostDoublings));
  return wholeMs * (1 - jitter + jitter * random);
}
