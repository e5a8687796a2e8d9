import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { said } from '../../shared/plain-reason.ts';
import { problemDocument, type ProblemDocument, refusalDocument } from '../../shared/problem-document.ts';
import { reason } from '../../shared/reason.ts';
import { rawProblem, sendProblem } from './problem-response.ts';

/**
 * Logs that the relay failed at one of its own endpoints, under an id that the answer names; null when there is nothing
 * to answer, because the caller has gone.
 */
export function logFailure(log: Logger, request: IncomingMessage, error: unknown): string | null {
  // A caller who leaves while the body is read ends the reading: that is no failure of the relay.
  if (request.errored !== null && request.errored === error) return null;
  const requestId = randomUUID();
  const path = (request.url ?? '').split('?', 1)[0];
  log.error({ err: error, requestId, method: request.method, path }, 'one of the relay’s own endpoints failed');
  return requestId;
}

function failure(requestId: string): ProblemDocument {
  const { detail, reasons } = said(reason('failed-see-log'));
  return problemDocument('internal', 500, detail, { requestId, reasons });
}

/** What an endpoint may refuse by throwing it; anything else that is thrown is a failure of the relay. */
const statuses: Partial<Record<ErrorCode, number>> = {
  'bad-input': 400,
  'policy-denied': 403,
  'already-decided': 409,
  'body-too-large': 413,
  'rate-limited': 429,
  overloaded: 503,
  'shared-state-unavailable': 503,
};

/**
 * Answers what an endpoint has thrown: a refusal as such; a failure is logged and answered with 500 and its id, or cuts
 * off an answer that has begun, so that it can't look whole.
 */
export function answerFailure(log: Logger, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const status = error instanceof AccessError ? statuses[error.code] : undefined;
  if (error instanceof AccessError && status !== undefined && !response.headersSent) {
    const retry: Readonly<Record<string, string>> = status === 503 ? { 'Retry-After': '5' } : {};
    sendProblem(response, refusalDocument(error, status), { ...retry, Connection: 'close' });
    return;
  }
  const requestId = logFailure(log, request, error);
  if (requestId === null || response.headersSent) response.destroy();
  // What is left of the request’s body is read by nobody.
  else sendProblem(response, failure(requestId), { Connection: 'close' });
}

/** Logs a failure and answers 500 with its id, on a socket on which an upgrade was asked for; `hasAnswered` when something was written to it already. */
export function answerUpgradeFailure(
  log: Logger,
  request: IncomingMessage,
  socket: Duplex,
  hasAnswered: boolean,
  error: unknown,
): void {
  const requestId = logFailure(log, request, error);
  if (requestId === null || hasAnswered || !socket.writable) socket.destroy();
  else socket.end(rawProblem(failure(requestId), 'Internal Server Error'), () => socket.destroy());
}
