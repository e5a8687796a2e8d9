import type { AnswerSink, RequestSource } from '../request/exchange/exchange.ts';
import { readResponseHeaders } from './response-headers.ts';

/** An answer before the answer (RFC 9110 §15.2). */
export interface InterimAnswer {
  readonly status: number;
  readonly raw: readonly (Buffer | string)[];
}

/**
 * Passes on 102 Processing and 103 Early Hints (RFC 8297), the ones that Node can send behind its parser’s back. Others
 * are left out, and so is a hint that isn’t well-formed: the answer itself still comes. HTTP/1.0 knows none of them.
 */
export function passInterim(interim: InterimAnswer, request: RequestSource, response: AnswerSink): void {
  if (request.httpVersion === '1.0' || response.headersSent || response.destroyed) return;
  if (interim.status === 102) response.writeProcessing();
  if (interim.status !== 103) return;
  try {
    const headers = readResponseHeaders(interim.raw);
    const hints: Record<string, string | string[]> = {};
    const links: string[] = [];
    for (let index = 0; index < headers.length; index += 2) {
      const name = (headers[index] ?? '').toLowerCase();
      const value = headers[index + 1] ?? '';
      if (name === 'link') links.push(value);
      else hints[name] = value;
    }
    if (links.length > 0) response.writeEarlyHints({ ...hints, link: links });
  } catch {
    // Only a hint: one that can't be passed on takes nothing from the answer.
  }
}
