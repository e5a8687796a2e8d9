import { type Backoff, backoffMs } from '../../shared/backoff.ts';

const waits: Backoff = { firstMs: 1000, longestMs: 300_000, jitter: 0.5 };
/** What a receiver may ask for at most (`Retry-After`), so that none can switch a sink off by a slip. */
const longestAskedMs = 3_600_000;

/**
 * Wait before attempt `attempts + 1`: doubled each time from 1 s to 5 minutes, half of it random so that several relays
 * don't come back at once; never earlier than the receiver asked for.
 */
export function retryDelayMs(attempts: number, askedMs: number | undefined, random: () => number): number {
  return Math.max(Math.min(askedMs ?? 0, longestAskedMs), backoffMs(attempts - 1, waits, random()));
}

/** Reads `Retry-After` (RFC 9110 §10.2.3), seconds or a date; undefined when there is none that can be read. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  // Node takes nearly anything for a date.
  const date = /^[A-Z][a-z]{2},? .+ GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
