import type { AnswerSink, RequestSource } from '../request/exchange/exchange.ts';
import type { LocalRewrite } from './local-rewrite.ts';
import { readResponseHeaders } from './response-headers.ts';

/** An answer before the answer (RFC 9110 §15.2). */
export interface InterimAnswer {
  readonly status: number;
  readonly raw: readonly (Buffer | string)[];
}

/** The relay says 100 itself, 101 is a switch, and as 199 comes a 100 that nobody asked for. */
const notPassed = new Set([100, 101, 199]);

/**
 * Passes on what comes before the answer, such as 102 Processing, 103 Early Hints (RFC 8297) and 104 Upload Resumption
 * Supported. One that isn’t well-formed is left out: the answer itself still comes. HTTP/1.0 knows none of them.
 */
export function passInterim(
  interim: InterimAnswer,
  rewrite: LocalRewrite,
  request: RequestSource,
  response: AnswerSink,
): void {
  if (request.httpVersion === '1.0' || response.headersSent || response.destroyed || notPassed.has(interim.status))
    return;
  try {
    const headers = withoutLength(readResponseHeaders(interim.raw, rewrite));
    // A hint of nothing tells nothing, and some programs that wait for a switch stumble over it.
    if (headers.length > 0 || interim.status === 102) response.writeInterim(interim.status, headers);
  } catch {
    // Only a hint: one that can't be passed on takes nothing from the answer.
  }
}

/** It has no body (RFC 9110 §8.6), and a caller that believes a length would wait for one. */
function withoutLength(headers: readonly string[]): string[] {
  return headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== 'content-length');
}
