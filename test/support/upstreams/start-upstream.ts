import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer, type WebSocket } from 'ws';

/** One answered or answering request, as the upstream saw it. */
export interface UpstreamRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
}

/** A running upstream API on 127.0.0.1. */
export interface Upstream {
  /** For example `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** Requests and WebSocket upgrades since the start. */
  readonly requestCount: number;
  /** Ends the server and all its connections. */
  close(): Promise<void>;
}

export interface UpstreamHandlers {
  readonly onRequest: (exchange: UpstreamRequest) => void | Promise<void>;
  /** Return false to refuse the upgrade with 404. */
  readonly onWebSocket?: (socket: WebSocket, url: URL, request: IncomingMessage) => void;
  readonly acceptsWebSocket?: (url: URL) => boolean;
  readonly port?: number;
}

/** Answers with JSON and its length. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers })
    .end(body);
}

/** The request's body as JSON; null when it isn't JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await text(request);
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Starts a plain HTTP server with an optional WebSocket side; a handler that throws gives 500. */
export async function startUpstream(handlers: UpstreamHandlers): Promise<Upstream> {
  let requestCount = 0;
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://upstream.invalid');

  const server = createServer((request, response) => {
    requestCount += 1;
    const run = async (): Promise<void> =>
      handlers.onRequest({ request, response, method: request.method ?? 'GET', url: urlOf(request) });
    run().catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: error instanceof Error ? error.message : String(error) });
    });
  });
  server.requestTimeout = 0;
  // Idle connections stay for their callers to end: one that goes as a POST comes in loses that, which isn’t sent again.
  server.keepAliveTimeout = 0;
  server.on('upgrade', (request, socket, head) => {
    requestCount += 1;
    const url = urlOf(request);
    if (handlers.onWebSocket === undefined || handlers.acceptsWebSocket?.(url) === false) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => handlers.onWebSocket?.(webSocket, url, request));
  });
  server.listen(handlers.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get requestCount() {
      return requestCount;
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      for (const client of webSockets.clients) client.terminate();
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
