import { errors } from 'undici';
import type { WayBackFailure } from '../way-back/way-back.ts';
import { connectionFailure } from './connection-failure.ts';
import type { Upstream } from './upstream-pools.ts';

/**
 * Why an upstream of HTTP/1.1 gave no whole answer, for the caller.
 * @param sent whether a connection was there and the request was begun on it
 */
export function describeFailure(
  error: Error,
  { shown: origin, maxAnswerHeaderBytes }: Pick<Upstream, 'shown' | 'maxAnswerHeaderBytes'>,
  sent: boolean,
): WayBackFailure {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return { code: 'upstream-timeout', status: 504, detail: `${origin} did not answer in time.` };
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    const detail = `The API’s answer has a head of more than ${maxAnswerHeaderBytes} bytes (max_answer_header_bytes).`;
    return { code: 'upstream-protocol', status: 502, detail };
  }
  const fault = faultOf(error, code);
  if (fault !== null) {
    const detail = `${origin} sent an answer that isn’t valid HTTP (${fault}).`;
    return { code: 'upstream-protocol', status: 502, detail };
  }
  return {
    code: 'upstream-unreachable',
    status: 502,
    detail: sent
      ? `${origin} broke off the connection before its answer was complete (${code === '' ? error.message : code}). It may have acted on the request.`
      : `${origin} can’t be reached (${connectionFailure(error)}).`,
  };
}

/** What makes the answer malformed, in undici’s words or in ours; null when nothing does. */
function faultOf(error: Error, code: string): string | null {
  if (error instanceof errors.HTTPParserError) return code === '' ? error.message : code;
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return code;
  // What undici’s own assertions say of a head.
  if (code === 'ERR_ASSERTION') return 'a status that can’t stand there';
  return error.message === 'bad upgrade' ? '101, which nobody asked for' : null;
}
