/** How far a proof's `iat` may be from the relay's clock, either way, in milliseconds. */
export const proofWindowMs = 60_000;

/** How long a used proof must be remembered: its window both ways, and some. Milliseconds. */
export const replayLifetimeMs = 2 * proofWindowMs + 1000;

/** The same for logout tokens. */
export const logoutReplayLifetimeMs = 600_000;
