import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { AccessError } from '../../../shared/errors.ts';
import { shownText } from '../../../shared/shown-text.ts';
import { failureReason } from '../../identity/failure-reason.ts';

/** What the provider was being asked, in words that complete “… failed while …”. */
export type ProviderStep =
  | 'reading its settings'
  | 'starting the sign-in'
  | 'finishing the sign-in'
  | 'renewing the sign-in';

const maxWords = 300;
/** The answer can’t be of this sign-in: somebody else’s, altered, or of another provider. */
const foreign: ReadonlySet<string> = new Set([
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_INVALID_RESPONSE',
]);

/** What went wrong at a provider, as the operator and the audit are told; its own words are made safe to show. */
export function providerFailure(issuer: string, step: ProviderStep, error: unknown): AccessError {
  if (error instanceof AccessError) return error;
  const { host } = new URL(issuer);
  if (
    error instanceof WWWAuthenticateChallengeError ||
    (error instanceof ResponseBodyError && /^(?:invalid|unauthorized)_client$/.test(error.error))
  )
    return new AccessError('idp-misconfigured', `${host} doesn’t accept the console’s client while ${step}.`, {
      cause: error,
    });
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    const words = [error.error, error.error_description].filter((part) => part !== undefined).join(': ');
    const denied = /^(?:access_denied|consent_required|account_selection_required)$/.test(error.error);
    const away = /^(?:server_error|temporarily_unavailable)$/.test(error.error);
    const code = denied ? 'sign-in-denied' : away ? 'idp-unreachable' : 'sign-in-failed';
    return new AccessError(code, `${host} says “${shownText(words).slice(0, maxWords)}”.`, { cause: error });
  }
  if (error instanceof ClientError) {
    const code = String(error.code);
    if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT')
      return new AccessError('idp-unreachable', `${host} doesn’t answer in time while ${step}.`, { cause: error });
    if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED')
      return new AccessError('clock-skew', `${host}’s clock and this relay’s differ.`, { cause: error });
    const reason = shownText(failureReason(error)).slice(0, maxWords);
    return new AccessError(
      foreign.has(code) ? 'sign-in-state-mismatch' : 'sign-in-failed',
      `${host} failed while ${step}: ${reason}.`,
      { cause: error },
    );
  }
  const reason = shownText(failureReason(error)).slice(0, maxWords);
  return new AccessError('idp-unreachable', `${host} failed while ${step}: ${reason}.`, { cause: error });
}
