import { cutText } from '../../shared/cut-text.ts';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { reasonedError } from '../../shared/plain-reason.ts';
import { reason } from '../../shared/reason.ts';
import type { AuditLog, RefusedKind } from '../audit/audit-record.ts';
import { DpopNonceError } from './dpop-nonces.ts';
import type { Authenticator, Credentials, Identity } from './identity.ts';
import { TryLaterError } from './try-later-error.ts';

/** Outcome of looking at a caller's credentials: who it is, or the status and problem to answer with. */
export type CallerVerdict =
  | { readonly status: 'ok'; readonly identity: Identity }
  | {
      readonly status: 'refused';
      readonly httpStatus: 401 | 503;
      readonly error: AccessError;
      readonly dpopNonce?: string;
      /** When asking again is of use, in seconds; a guess where nobody knows. For 503. */
      readonly retryAfterSeconds: number;
    };

/** Whether the credentials count can’t be known now. Who brought them was refused all the same, so it is recorded. */
const undecided: ReadonlySet<ErrorCode> = new Set(['idp-unreachable', 'shared-state-unavailable']);
/** The credentials weren’t looked at: nothing is said about them. */
const unseen: ReadonlySet<ErrorCode> = new Set(['overloaded', 'internal']);
const guessSeconds = 5;

/**
 * Authenticates and records each refusal; the verdict comes when the record is durable. A caller without credentials
 * is refused without a record: it names nobody.
 */
export async function authenticateCaller(
  credentials: Credentials | null,
  remoteAddress: string,
  authenticator: Authenticator,
  audit: AuditLog,
): Promise<CallerVerdict> {
  if (credentials === null) {
    const error = reasonedError('token-rejected', reason('no-token'));
    return { status: 'refused', httpStatus: 401, error, retryAfterSeconds: guessSeconds };
  }
  try {
    return { status: 'ok', identity: await authenticator.authenticate({ ...credentials, remoteAddress }) };
  } catch (thrown) {
    const error =
      thrown instanceof AccessError
        ? thrown
        : new AccessError('internal', 'The token could not be checked.', {
            cause: thrown,
            reasons: [reason('token-unchecked')],
          });
    const retryAfterSeconds = error instanceof TryLaterError ? error.retryAfterSeconds : guessSeconds;
    if (unseen.has(error.code)) return { status: 'refused', httpStatus: 503, error, retryAfterSeconds };
    // Asking for a nonce is a step of the protocol (RFC 9449 §9), not a refusal.
    if (error instanceof DpopNonceError)
      return { status: 'refused', httpStatus: 401, error, retryAfterSeconds, dpopNonce: error.nonce };
    const notRecorded = await recordRefusal(audit, remoteAddress, credentials.token, error, 'token');
    if (notRecorded !== null) return { status: 'refused', httpStatus: 503, error: notRecorded, retryAfterSeconds };
    return { status: 'refused', httpStatus: undecided.has(error.code) ? 503 : 401, error, retryAfterSeconds };
  }
}

/** Writes a refusal down; null when it is durable, else what to answer instead. */
export function recordRefusal(
  audit: AuditLog,
  remoteAddress: string,
  token: string,
  error: AccessError,
  of: RefusedKind,
): Promise<AccessError | null> {
  return recordRefusalOf(audit, remoteAddress, claimedBy(token), error, of);
}

/** Whatever a refusal quotes, its record stays one that every sink takes. */
const mostToldCharacters = 1000;

/** Like {@link recordRefusal}, for a caller who is known without a token. */
export async function recordRefusalOf(
  audit: AuditLog,
  remoteAddress: string,
  claimed: { readonly issuer: string; readonly subject: string } | null,
  error: AccessError,
  of?: RefusedKind,
): Promise<AccessError | null> {
  const failure = await new Promise<Error | null>((resolve) => {
    audit.append(
      {
        type: 'authentication-refused',
        timeMs: Date.now(),
        remoteAddress,
        code: error.code,
        detail: cutText(error.message, mostToldCharacters),
        claimed: claimed && { issuer: claimed.issuer, subject: claimed.subject },
        ...(of === undefined ? {} : { of }),
      },
      resolve,
    );
  });
  return failure === null
    ? null
    : new AccessError('audit-unavailable', failure.message, { cause: failure, reasons: [reason('not-recorded')] });
}

const maxClaimBytes = 20_000;

/** Whom a refused token claims to be, unverified and shortened; never the token itself. */
function claimedBy(token: string): { issuer: string; subject: string } | null {
  const payload = token.length > maxClaimBytes ? undefined : token.split('.')[1];
  if (payload === undefined) return null;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss?: unknown; sub?: unknown } | null;
    if (claims === null || typeof claims !== 'object') return null;
    const { iss, sub } = claims;
    return {
      issuer: typeof iss === 'string' ? iss.slice(0, 200) : '',
      subject: typeof sub === 'string' ? sub.slice(0, 200) : '',
    };
  } catch {
    return null;
  }
}
