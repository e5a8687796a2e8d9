import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import { connectionFailure, unreachableCode } from '../network/connection-failure.ts';
import { text } from '../../shared/messages/text.ts';

/** What the provider was being asked, in words that complete “… failed while …”. */
export type ProviderStep =
  | 'reading its settings'
  | 'starting the sign-in'
  | 'finishing the sign-in'
  | 'renewing'
  | 'signing the service in'
  | 'signing out';

const stepIds = {
  'reading its settings': 'settings',
  'starting the sign-in': 'start',
  'finishing the sign-in': 'finish',
  renewing: 'renew',
  'signing the service in': 'service',
  'signing out': 'sign-out',
} as const satisfies Record<ProviderStep, string>;

/** Longest text of a provider that is shown to the person. */
const maxDescription = 300;

function clean(said: string): string {
  return shownText(said).slice(0, maxDescription);
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
    return new AccessError('sign-in-denied', text('provider.says', { host, words }), options);
  }
  if (
    error === 'invalid_redirect_uri' ||
    error === 'redirect_uri_mismatch' ||
    (error.startsWith('invalid_') && /redirect[_ ]ur[il]/i.test(description ?? ''))
  ) {
    return new AccessError('redirect-mismatch', text('provider.says', { host, words }), options);
  }
  if (error === 'server_error' || error === 'temporarily_unavailable') {
    return new AccessError('idp-unreachable', text('provider.says', { host, words }), options);
  }
  if (error === 'invalid_grant') {
    return new AccessError('sign-in-failed', text('provider.code', { host, words }), options);
  }
  return new AccessError('idp-misconfigured', text('provider.says', { host, words }), options);
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
  const doing = text(`provider.step.${stepIds[step]}`);
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    return oauthError(issuer, error.error, error.error_description, error);
  }
  const connection = connectionFailure(error);
  if (connection) {
    const code = unreachableCode(connection, 'idp-unreachable');
    return new AccessError(code, text('provider.failed-why', { host, step: doing, why: connection.words }), {
      cause: error,
    });
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const words = text('provider.client', { host, step: doing, status: String(error.status) });
    return new AccessError('idp-misconfigured', words, { cause: error });
  }
  if (error instanceof ClientError) {
    switch (error.code) {
      case 'OAUTH_TIMEOUT':
      case 'OAUTH_ABORT':
        return new AccessError('idp-unreachable', text('provider.late', { host, step: doing }), { cause: error });
      // A page of a proxy, a firewall or a sign-in portal in place of JSON says nothing of how the provider is set up.
      case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      case 'OAUTH_RESPONSE_IS_NOT_JSON':
      case 'OAUTH_PARSE_ERROR': {
        const answer = answerOf(error);
        return new AccessError(
          'idp-unreachable',
          answer === null
            ? text('provider.unusable', { host, step: doing })
            : text('provider.unusable-kind', { host, step: doing, kind: kindOf(answer) }),
          { cause: error },
        );
      }
      case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
        return new AccessError('clock-skew', text('provider.clock', { host, now: new Date().toISOString() }), {
          cause: error,
        });
      case 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED':
        return new AccessError('issuer-mismatch', text('provider.name', { host }), {
          cause: error,
        });
      case undefined:
      default:
        return new AccessError(
          'idp-misconfigured',
          text('provider.failed-why', { host, step: doing, why: error.message }),
          {
            cause: error,
          },
        );
    }
  }
  return new AccessError('sign-in-failed', text('provider.failed', { host, step: doing }), { cause: error });
}
