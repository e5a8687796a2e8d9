import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import { connectionFailure, unreachableCode } from '../network/connection-failure.ts';

/** What the provider was being asked, in words that complete “… failed while …”. */
export type ProviderStep =
  | 'reading its settings'
  | 'starting the sign-in'
  | 'finishing the sign-in'
  | 'renewing'
  | 'signing the service in'
  | 'signing out';

/** Longest text of a provider that is shown to the person. */
const maxDescription = 300;

function clean(text: string): string {
  return shownText(text).slice(0, maxDescription);
}

/** The provider's own words, `error` and `error_description`, made safe to show. */
export function providerWords(error: string, description: string | undefined): string {
  return description ? `“${clean(error)}: ${clean(description)}”` : `“${clean(error)}”`;
}

/**
 * What an OAuth `error` code means for the person (RFC 6749 §4.1.2.1, §5.2; RFC 9126 §2.3; OIDC Core §3.1.2.6). Some
 * providers say only in the description that the redirect address is at fault.
 */
export function oauthError(
  issuer: string,
  error: string,
  description: string | undefined,
  cause?: unknown,
): AccessError {
  const host = new URL(issuer).host;
  const words = providerWords(error, description);
  const options = cause === undefined ? {} : { cause };
  if (error === 'access_denied' || error === 'consent_required' || error === 'account_selection_required') {
    return new AccessError('sign-in-denied', `${host} says ${words}.`, options);
  }
  if (
    error === 'invalid_redirect_uri' ||
    error === 'redirect_uri_mismatch' ||
    (error.startsWith('invalid_') && /redirect[_ ]ur[il]/i.test(description ?? ''))
  ) {
    return new AccessError('redirect-mismatch', `${host} says ${words}.`, options);
  }
  if (error === 'server_error' || error === 'temporarily_unavailable') {
    return new AccessError('idp-unreachable', `${host} says ${words}.`, options);
  }
  if (error === 'invalid_grant') {
    return new AccessError('sign-in-failed', `${host} no longer accepts the sign-in’s code: ${words}.`, options);
  }
  return new AccessError('idp-misconfigured', `${host} says ${words}.`, options);
}

/** What can be told of an answer, whichever implementation of `fetch` it came from. */
export type ProviderAnswer = Pick<Response, 'status' | 'headers'>;

function isAnswer(value: unknown): value is ProviderAnswer {
  return typeof value === 'object' && value !== null && 'status' in value && 'headers' in value;
}

/** The answer, unreadable as it may be, that an error of `openid-client` is about; null when there was none. */
export function answerOf(error: unknown): ProviderAnswer | null {
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) return error.response;
  let cause: unknown = error;
  while (cause instanceof Error) {
    cause = cause.cause;
    if (isAnswer(cause)) return cause;
  }
  return null;
}

/** “HTTP 403, text/html”: what the answer was instead of JSON. */
function kindOf(answer: ProviderAnswer): string {
  const type = answer.headers.get('content-type')?.split(';')[0]?.trim();
  return type ? `HTTP ${answer.status}, ${clean(type)}` : `HTTP ${answer.status}`;
}

/** Turns whatever `openid-client` throws into an AccessError that names the provider and the step. */
export function providerFailure(issuer: string, step: ProviderStep, error: unknown): AccessError {
  if (error instanceof AccessError) return error;
  const host = new URL(issuer).host;
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    return oauthError(issuer, error.error, error.error_description, error);
  }
  const connection = connectionFailure(error);
  if (connection) {
    const code = unreachableCode(connection, 'idp-unreachable');
    return new AccessError(code, `${host} failed while ${step}: ${connection.words}.`, { cause: error });
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const words = `${host} doesn’t accept Causeway’s client while ${step} (HTTP ${error.status}).`;
    return new AccessError('idp-misconfigured', words, { cause: error });
  }
  if (error instanceof ClientError) {
    switch (error.code) {
      case 'OAUTH_TIMEOUT':
      case 'OAUTH_ABORT':
        return new AccessError('idp-unreachable', `${host} doesn’t answer in time while ${step}.`, { cause: error });
      // A page of a proxy, a firewall or a sign-in portal in place of JSON says nothing of how the provider is set up.
      case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      case 'OAUTH_RESPONSE_IS_NOT_JSON':
      case 'OAUTH_PARSE_ERROR': {
        const answer = answerOf(error);
        return new AccessError(
          'idp-unreachable',
          `${host} gives no usable answer while ${step}${answer === null ? '' : ` (${kindOf(answer)})`}.`,
          { cause: error },
        );
      }
      case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
        return new AccessError(
          'clock-skew',
          `${host} issued a sign-in whose times don’t fit this computer’s clock (${new Date().toISOString()}).`,
          { cause: error },
        );
      case 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED':
        return new AccessError('issuer-mismatch', `${host} names itself otherwise than the relay does.`, {
          cause: error,
        });
      case undefined:
      default:
        return new AccessError('idp-misconfigured', `${host} failed while ${step}: ${error.message}.`, {
          cause: error,
        });
    }
  }
  return new AccessError('sign-in-failed', `${host} failed while ${step}.`, { cause: error });
}
