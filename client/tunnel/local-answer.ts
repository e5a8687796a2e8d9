import type { Socket } from 'node:net';
import type { ErrorCode } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import { problemDocument, problemMediaType } from '../../shared/problem-document.ts';

/** What a local program is told when no relay can answer it. */
export interface LocalRefusal {
  readonly code: ErrorCode;
  readonly detail: string;
}

/**
 * Answers a local connection with a problem document, in the person’s language, and closes it; for when no relay can
 * answer.
 */
export function answerLocally(
  socket: Socket,
  { code, detail }: LocalRefusal,
  status: 502 | 503,
  retryAfterSeconds?: number,
): void {
  if (socket.destroyed) return;
  const words = { title: text(`problem.${code}.title`), hint: text(`problem.${code}.hint`) };
  const body = JSON.stringify({ ...problemDocument(code, status, detail), ...words });
  const head = [
    `HTTP/1.1 ${status} ${status === 502 ? 'Bad Gateway' : 'Service Unavailable'}`,
    `Content-Type: ${problemMediaType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
    'Connection: close',
    '',
    '',
  ].join('\r\n');
  socket.end(head + body);
  // The request is never read: without this, unread bytes would turn our close into a reset.
  socket.resume();
}
