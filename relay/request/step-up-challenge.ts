import type { StepUp } from '../../shared/step-up.ts';

/** `WWW-Authenticate` of an answer to somebody who must sign in again (RFC 9470 §3). */
export function stepUpChallenge({ maxAgeSeconds, acr }: StepUp): string {
  const parts = [
    'error="insufficient_user_authentication"',
    'error_description="A fresh sign-in is required"',
    ...(maxAgeSeconds === undefined ? [] : [`max_age=${maxAgeSeconds}`]),
    ...(acr === undefined ? [] : [`acr_values="${acr.join(' ')}"`]),
  ];
  return `Bearer ${parts.join(', ')}`;
}
