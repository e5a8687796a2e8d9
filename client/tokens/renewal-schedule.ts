import { type Backoff, backoffMs } from '../../shared/backoff.ts';

/** Renewal happens at the latest this long before the end, in milliseconds, when the lifetime allows. */
const longestLeadMs = 5 * 60_000;
const retries: Backoff = { firstMs: 1_000, longestMs: 60_000, jitter: 1 };
/** However the draw comes out. */
const shortestRetryMs = 200;

/**
 * When to renew a token: after 70–80 % of its life or 5 minutes before its end, whichever is later, jittered by
 * `random` so that many clients don't come at once. All in milliseconds.
 */
export function renewAtMs(token: { renewedAtMs: number; expiresAtMs: number }, random: number): number {
  const lifetime = Math.max(0, token.expiresAtMs - token.renewedAtMs);
  const lead = Math.min(longestLeadMs, lifetime * 0.25);
  return token.expiresAtMs - lead - lead * 0.2 * random;
}

/** How long to wait before retry number `attempt` (from 0): exponential with full jitter, at most one minute. */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.max(shortestRetryMs, backoffMs(attempt, retries, random));
}
