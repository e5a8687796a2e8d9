import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { AccessError } from '../../../shared/errors.ts';
import { plainReasons } from '../../../shared/plain-reason.ts';
import { refusalDocument } from '../../../shared/problem-document.ts';
import { reason } from '../../../shared/reason.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import type { Authenticator, Identity } from '../../identity/identity.ts';
import { extentOfSignIn } from '../../identity/revocations.ts';
import { callerAddress } from '../caller-address.ts';
import { sendProblem } from '../problem-response.ts';

/**
 * Ends the sign-in of a caller who is known already: 204 when it counts everywhere and its record is durable, 503 when
 * other relays learn of it only later, or it can't be recorded. It counts here in any case but one: who has signed out
 * too often gets 429, and nothing has ended.
 */
export async function answerSignOut(
  request: IncomingMessage,
  response: ServerResponse,
  identity: Identity,
  options: {
    readonly authenticator: Authenticator;
    readonly audit: AuditLog;
    readonly log: Logger;
    readonly didSignOut?: ((identity: Identity) => Promise<void>) | undefined;
  },
): Promise<void> {
  let failure: AccessError | null = null;
  try {
    await options.authenticator.signOut(identity);
  } catch (error) {
    if (error instanceof AccessError && error.code === 'overloaded') {
      sendProblem(response, refusalDocument(error, 429), { 'Retry-After': '3600', Connection: 'close' });
      return;
    }
    if (error instanceof AccessError) failure = error;
    else {
      options.log.error({ err: error }, 'a sign-out could not be kept');
      const reasons = [reason('sign-out-until-restart')];
      failure = new AccessError('internal', plainReasons(reasons), { cause: error, reasons });
    }
  }
  // A list that still shows the session is no reason to say that the sign-out failed.
  await options.didSignOut?.(identity).catch((error: unknown) => {
    options.log.warn({ err: error }, 'a session is still listed after its sign-out');
  });
  const { issuer, issuerName, subject, username, groups } = identity;
  const remoteAddress = callerAddress(request);
  const recorded = await new Promise<Error | null>((resolve) => {
    options.audit.append(
      {
        type: 'session',
        timeMs: Date.now(),
        event: 'signed-out',
        caller: { issuer, subject, username, groups, sessionId: '', device: '', remoteAddress },
        detail: ended(extentOfSignIn(identity), issuerName),
      },
      resolve,
    );
  });
  if (recorded !== null)
    failure ??= new AccessError('audit-unavailable', recorded.message, {
      cause: recorded,
      reasons: [reason('not-recorded')],
    });
  // The request may have a body, which nobody reads.
  if (failure === null) response.writeHead(204, { 'Cache-Control': 'no-store', Connection: 'close' }).end();
  else {
    sendProblem(response, refusalDocument(failure, 503), { 'Retry-After': '5', Connection: 'close' });
  }
}

function ended(extent: ReturnType<typeof extentOfSignIn>, issuerName: string): string {
  switch (extent) {
    case 'session':
      return `ended all tokens of this session at ${issuerName}`;
    case 'key':
      return 'ended all tokens that are bound to this sign-in’s key';
    case 'token':
      return 'ended this token; it says nothing of the sign-in that it is of';
  }
}
