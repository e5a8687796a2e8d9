import { STATUS_CODES } from 'node:http';
import { type ProblemDocument, problemMediaType } from '../../shared/problem-document.ts';

/** What an answer is written to; HTTP/1.1's and HTTP/2's alike. */
interface ProblemSink {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, statusMessage: string, headers: string[]): unknown;
  end(body: string, callback?: () => void): unknown;
}

/**
 * Answers with a problem document (RFC 9457), of which nothing may be cached; `onAnswered` when all of it is out.
 * @returns bytes of the body; 0 when there was nobody to answer any more
 */
export function sendProblem(
  response: ProblemSink,
  problem: ProblemDocument,
  headers: Readonly<Record<string, string>> = {},
  onAnswered?: () => void,
): number {
  if (response.headersSent || response.destroyed) return 0;
  const body = JSON.stringify(problem);
  const bodyBytes = Buffer.byteLength(body);
  const head = [
    'Content-Type',
    problemMediaType,
    'Content-Length',
    String(bodyBytes),
    'Cache-Control',
    'no-store',
    ...(problem.requestId === undefined ? [] : ['X-Causeway-Request-Id', problem.requestId]),
    ...Object.entries(headers).flat(),
  ];
  response.writeHead(problem.status, STATUS_CODES[problem.status] ?? '', head);
  response.end(body, onAnswered);
  return bodyBytes;
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
