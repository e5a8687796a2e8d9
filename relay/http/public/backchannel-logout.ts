import type { IncomingMessage, ServerResponse } from 'node:http';
import { AccessError } from '../../../shared/errors.ts';
import { readAtMost } from '../../bytes/read-at-most.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import { recordRefusal } from '../../identity/authenticate-caller.ts';
import type { Authenticator, ProviderLogout } from '../../identity/identity.ts';
import { callerAddress } from '../caller-address.ts';
import { TryLaterError } from '../../identity/try-later-error.ts';

/** Where providers send logout tokens. */
export const backchannelLogoutPath = '/v1/backchannel-logout';

const maxBodyBytes = 65_536;

/**
 * Answers a provider's logout request (OpenID Connect Back-Channel Logout 1.0 §2.5, 2.8): 200 when `onLogout` has been
 * told whom it signs out, 400 when the token can't be accepted, 503 when it
 * can't be checked now, or not all relays can be told; the provider may then send it again.
 * @throws what isn't an answer to the token
 */
export async function answerBackchannelLogout(
  request: IncomingMessage,
  response: ServerResponse,
  options: {
    readonly authenticator: Authenticator;
    readonly audit: AuditLog;
    readonly onLogout: (logout: ProviderLogout) => void;
  },
): Promise<void> {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const body = type === 'application/x-www-form-urlencoded' ? await readAtMost(request, maxBodyBytes) : null;
  const tokens = body === null ? [] : new URLSearchParams(body.toString('utf8')).getAll('logout_token');
  const [token] = tokens;
  if (token === undefined || tokens.length !== 1) {
    answer(response, 400, 'The request holds no logout_token in a form.');
    return;
  }
  try {
    options.onLogout(await options.authenticator.acceptLogoutToken(token));
    answer(response, 200);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    const message = error.message.replace('The access token', 'The logout token');
    const refusal = new AccessError(error.code, message, { cause: error });
    await recordRefusal(options.audit, callerAddress(request), token, refusal, 'logout-token');
    if (error.code !== 'idp-unreachable' && error.code !== 'shared-state-unavailable') answer(response, 400, message);
    else {
      const retryAfterSeconds = error instanceof TryLaterError ? error.retryAfterSeconds : 5;
      answer(response, 503, 'The token can’t be taken now; send it again.', retryAfterSeconds);
    }
  }
}

function answer(response: ServerResponse, status: number, description?: string, retryAfterSeconds?: number): void {
  const body =
    description === undefined ? '' : JSON.stringify({ error: 'invalid_request', error_description: description });
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    ...(status === 200 ? {} : { Connection: 'close' }),
  });
  response.end(body);
}
