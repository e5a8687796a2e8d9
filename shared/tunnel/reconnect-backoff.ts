import type { Backoff } from '../backoff.ts';

/** The waits between attempts to open a tunnel. */
export interface ReconnectBackoff extends Backoff {
  /** A link that lasted this long begins the next row of attempts from the start. */
  readonly stableAfterMs: number;
}

export const defaultBackoff: ReconnectBackoff = { firstMs: 500, longestMs: 30_000, jitter: 1, stableAfterMs: 60_000 };
