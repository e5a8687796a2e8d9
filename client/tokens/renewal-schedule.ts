/** Renewal happens at the latest this long before the end, in milliseconds, when the lifetime allows. */
const longestLeadMs = 5 * 60_000;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

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
  const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempt, 16));
  return Math.max(200, ceiling * random);
}
