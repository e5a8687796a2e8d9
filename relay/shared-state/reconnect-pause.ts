import { type Backoff, backoffMs } from '../../shared/backoff.ts';

const pauses: Backoff = { firstMs: 50, longestMs: 2000, jitter: 0 };

/** How long a client of Redis waits before it connects again, after so many attempts: longer each time, up to 2 s. */
export function reconnectPauseMs(attempts: number): number {
  return backoffMs(attempts, pauses);
}
