import type { CallerVerdict } from '../identity/authenticate-caller.ts';

/** What every 401 says of how to sign in (RFC 9110 §15.5.2), for both kinds of tokens (RFC 6750 §3, RFC 9449 §7.1). */
export const signInChallenge = 'Bearer error="invalid_token", DPoP error="invalid_token"';

/** Headers of the answer to a caller who isn’t authenticated: a challenge, or when to ask again. */
export function refusedCallerHeaders(
  verdict: Extract<CallerVerdict, { status: 'refused' }>,
): Readonly<Record<string, string>> {
  const { dpopNonce, httpStatus, retryAfterSeconds } = verdict;
  if (dpopNonce !== undefined) {
    return { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': dpopNonce };
  }
  if (httpStatus === 401) return { 'WWW-Authenticate': signInChallenge };
  return { 'Retry-After': String(retryAfterSeconds) };
}
