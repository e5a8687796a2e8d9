import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { cutText } from '../../shared/cut-text.ts';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { problemDocument, type ProblemDocument, problemMediaType } from '../../shared/problem-document.ts';

const statuses: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  'bad-input': 400,
  'bad-config': 409,
  'bad-request': 400,
  'token-rejected': 401,
  'clock-skew': 401,
  'sign-in-expired': 401,
  'session-revoked': 401,
  'sign-in-state-mismatch': 400,
  'sign-in-denied': 403,
  'sign-in-failed': 400,
  'policy-denied': 403,
  locked: 403,
  'origin-not-allowed': 403,
  'method-not-supported': 405,
  'changed-meanwhile': 412,
  'body-too-large': 413,
  'key-in-use': 409,
  'key-reused': 422,
  'rate-limited': 429,
  overloaded: 503,
  'audit-unavailable': 503,
  'idp-unreachable': 503,
  'idp-misconfigured': 503,
  'issuer-mismatch': 503,
  'shared-state-unavailable': 503,
  'counters-unavailable': 503,
};

/** Status of a refusal; undefined for what isn’t one. */
export function httpStatusOf(code: ErrorCode): ContentfulStatusCode | undefined {
  return statuses[code];
}

/** Answers with a problem document (RFC 9457). */
export function answerProblem(
  context: Context,
  problem: ProblemDocument,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    'Content-Type': problemMediaType,
    ...(problem.status === 503 ? { 'Retry-After': '5' } : {}),
    ...headers,
  });
}

/** A request that can’t be meant, whatever there is: it names unknown fields, lacks some, or is too large. */
export class UnfitRequest extends AccessError {}

/** Characters of a path in what is recorded and logged. */
const mostToldPath = 200;
const mostToldWords = 300;

/** What was asked, in words for a record or the log. */
export function askedWords({ method, path }: Pick<Context['req'], 'method' | 'path'>): string {
  return `${method} ${cutText(path, mostToldPath)}`;
}

/** What a handler has thrown, as a refusal of the request where it is one: a body that can’t be read at all, as Hono says it. */
export function asUnfit(error: unknown): unknown {
  return error instanceof HTTPException && error.status < 500
    ? new UnfitRequest('bad-input', `The request can’t be read: ${cutText(error.message, mostToldWords)}.`)
    : error;
}

/** Answers what a handler has thrown: a refusal as such, anything else as a failure of the relay that its log tells of. */
export function answerThrown(context: Context, error: unknown, log: Logger): Response {
  const status = error instanceof AccessError ? statuses[error.code] : undefined;
  if (error instanceof AccessError && status !== undefined)
    return answerProblem(context, problemDocument(error.code, status, error.message));
  const requestId = randomUUID();
  const { method, path } = context.req;
  log.error({ err: error, requestId, method, path: cutText(path, mostToldPath) }, 'the admin API failed');
  const detail = 'The relay failed. Its log says more under this id.';
  return answerProblem(context, problemDocument('internal', 500, detail, { requestId }));
}
