/** Bounds of the delay between attempts, in milliseconds. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly capMs: number;
  /** A link that lasted this long begins the next row of attempts from the start. */
  readonly stableAfterMs: number;
}

export const defaultBackoff: BackoffOptions = { firstMs: 500, capMs: 30_000, stableAfterMs: 60_000 };

/**
 * Full jitter: a delay drawn evenly from zero to `firstMs * 2^attempt`, capped, so that many clients that were cut
 * at once don't come back at once. Source: AWS Architecture Blog, “Exponential Backoff And Jitter”.
 * @param attempt failed attempts so far, from 0
 * @param random a number from 0 up to 1
 */
export function backoffDelayMs(attempt: number, random: number, options: BackoffOptions = defaultBackoff): number {
  const ceiling = Math.min(options.capMs, options.firstMs * 2 ** Math.min(attempt, 20));
  return Math.floor(ceiling * random);
}
