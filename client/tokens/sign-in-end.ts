import type { TokenSet } from './token-set.ts';

/** When a sign-in ends for good, and from when on the person is told. Milliseconds since the epoch. */
export interface SignInEnd {
  readonly atMs: number;
  readonly warnAtMs: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const longMs = 3 * dayMs;
const shortestWarningMs = 5 * minuteMs;

/**
 * The end of a sign-in as far as it is known: by the relay's config, or by a provider that says when its refresh token ends
 * (`refresh_expires_in`) and doesn't move that end with each renewal. Undefined where nobody says. `warnMinutes` is what IT
 * has set, if anything.
 */
export function signInEndOf(
  { issuer, signedInAtMs, refreshEnd }: Pick<TokenSet, 'issuer' | 'signedInAtMs' | 'refreshEnd'>,
  warnMinutes?: number,
): SignInEnd | undefined {
  const { lastsSeconds, warnSeconds } = issuer.signIn ?? {};
  const ends = [
    ...(lastsSeconds === undefined ? [] : [signedInAtMs + lastsSeconds * 1000]),
    ...(refreshEnd?.isFixed === true ? [refreshEnd.atMs] : []),
  ];
  if (ends.length === 0) return undefined;
  const atMs = Math.min(...ends);
  const lifetimeMs = Math.max(0, atMs - signedInAtMs);
  if (warnMinutes !== undefined) return { atMs, warnAtMs: atMs - warnMinutes * minuteMs };
  const warnMs = warnSeconds === undefined ? usualWarningMs(lifetimeMs) : warnSeconds * 1000;
  return { atMs, warnAtMs: atMs - warnMs };
}

/** A day for long sign-ins, a tenth for short ones, and never so little that nobody can finish a sentence. */
function usualWarningMs(lifetimeMs: number): number {
  return lifetimeMs >= longMs ? dayMs : Math.min(Math.max(lifetimeMs / 10, shortestWarningMs), lifetimeMs / 2);
}
