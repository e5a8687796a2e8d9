import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemDocument } from '../../shared/problem-document.ts';
import type { LimitsConfig } from '../config/config-schema.ts';
import type { Pipeline } from '../pipeline.ts';
import type { StreamSocket } from '../tunnel/stream-socket.ts';
import { rawProblem, sendProblem } from './problem-response.ts';

/** A request that Node's parser refused: what the socket gets and what is recorded. */
export type OnMalformed = (socket: StreamSocket, status: 400 | 408 | 431, detail: string) => void;

/**
 * The one HTTP parser between callers and policy: Node's, strict, fed with tunnel streams by `emit('connection')`.
 * It never listens on a port. Ambiguous framing gets 400 and the end of the connection (RFC 9112 §6.3, §11.2).
 */
export function createStreamServer(pipeline: Pipeline, limits: LimitsConfig, onMalformed: OnMalformed): Server {
  const server = createServer({
    maxHeaderSize: limits.max_header_bytes,
    insecureHTTPParser: false,
    requireHostHeader: false,
    keepAliveTimeout: 0,
    headersTimeout: limits.header_timeout_seconds * 1000,
    requestTimeout: 0,
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  // Node drops headers beyond this count silently; the pipeline counts for itself and refuses.
  server.maxHeadersCount = 0;
  server.on('request', (request, response) => pipeline.handle(request, response, false));
  server.on('checkContinue', (request, response) => pipeline.handle(request, response, true));
  server.on('checkExpectation', (_request, response) => {
    sendProblem(
      response,
      problemDocument('bad-request', 417, 'The request expects something other than 100-continue.'),
      {
        Connection: 'close',
      },
    );
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    pipeline.upgrade(request, socket as StreamSocket, head);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.end(
      rawProblem(problemDocument('method-not-supported', 405, 'CONNECT never passes the relay.'), 'Method Not Allowed'),
    );
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || socket.destroyed) {
      socket.destroy();
      return;
    }
    const tooLarge = error.code === 'HPE_HEADER_OVERFLOW' || error.code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW';
    const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const status = late ? 408 : tooLarge ? 431 : 400;
    const detail = late
      ? 'The request’s head did not arrive in time.'
      : `The request isn’t well-formed HTTP/1.1 (${error.code ?? error.message}).`;
    onMalformed(socket as StreamSocket, status, detail);
  });
  return server;
}
