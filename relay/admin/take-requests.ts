import type { ServerType } from '@hono/node-server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { problemDocument, problemMediaType } from '../../shared/problem-document.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Methods that a Request of the Fetch standard can't have; whoever makes one of them gets an exception. */
const impossible: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

/**
 * Answers what the framework can’t take: methods that it throws on, and expectations that nobody knows, which are as good as
 * none (RFC 9110 §10.1.1).
 */
export function takeRequests(server: ServerType): void {
  const answers = server.listeners('request') as Answer[];
  server.removeAllListeners('request');
  const take: Answer = (request, response) => {
    if (impossible.has(request.method ?? '')) {
      const problem = problemDocument('method-not-supported', 405, `The admin API knows no ${request.method}.`);
      response.writeHead(405, { 'Content-Type': problemMediaType, Connection: 'close' }).end(JSON.stringify(problem));
      return;
    }
    for (const answer of answers) answer(request, response);
  };
  server.on('request', take);
  server.on('checkExpectation', take);
}
