import type { ServerResponse } from 'node:http';
import { type ProblemDocument, problemMediaType } from '../../shared/problem-document.ts';

/** Answers with a problem document (RFC 9457); nothing of it may be cached. */
export function sendProblem(
  response: ServerResponse,
  problem: ProblemDocument,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    'Content-Type': problemMediaType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(problem.requestId === undefined ? {} : { 'X-Causeway-Request-Id': problem.requestId }),
    ...headers,
  });
  response.end(body);
}

/** The same as raw bytes, for a socket on which no request could be parsed or upgraded; closes it. */
export function rawProblem(problem: ProblemDocument, reasonPhrase: string, headers: readonly string[] = []): string {
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${reasonPhrase}`,
    `Content-Type: ${problemMediaType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    ...headers,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
