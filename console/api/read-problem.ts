import { type ErrorCode, problemTexts, type UserProblem } from '../../shared/errors.ts';

const words = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;

function codeOf(value: unknown, status: number): ErrorCode {
  if (typeof value === 'string' && Object.hasOwn(problemTexts, value)) return value as ErrorCode;
  return status >= 500 ? 'internal' : 'relay-refused';
}

/**
 * What a person reads of a problem document (RFC 9457) that the admin API answered with, or of an answer that is none, as
 * proxies send them.
 */
export function readProblem(body: unknown, status: number, atMs: number): UserProblem {
  const document: Partial<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {};
  const code = codeOf(document['code'], status);
  const { title, hint } = problemTexts[code];
  const requestId = document['requestId'];
  return {
    code,
    title: words(document['title'], title),
    detail: words(document['detail'], `The relay answered with ${status}.`),
    hint: words(document['hint'], hint),
    ...(typeof requestId === 'string' ? { requestId } : {}),
    atMs,
  };
}

/** What a person reads when no answer came at all. */
export function unreachable(cause: unknown, atMs: number): UserProblem {
  const why = cause instanceof Error ? cause.message : String(cause);
  return {
    code: 'relay-unreachable',
    title: 'The relay doesn’t answer',
    detail: `This page couldn’t reach the operators’ port of the relay (${why}).`,
    hint: 'Check your network, and whether the relay runs. This page tries again by itself.',
    atMs,
  };
}
