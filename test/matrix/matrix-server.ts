import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

/** One of the matrix’s servers, on loopback. */
export interface MatrixHttpServer {
  readonly url: string;
  close(): Promise<void>;
}

type Request = http.IncomingMessage | http2.Http2ServerRequest;
// node:http2’s compatible answers have all that is used here; the union of both can’t be called.
type Response = http.ServerResponse;

const send = (response: Response, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

async function digest(request: Request, response: Response): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  send(response, 200, `${request.method} ${bytes} ${hash.digest('hex')}\n`);
}

/** Five lines: the first at once, the others 150 ms apart, as a server that reports progress writes them. */
async function stream(response: Response, type: string): Promise<void> {
  response.writeHead(200, { 'content-type': type });
  for (let line = 1; line <= 5; line += 1) {
    response.write(`data: ${line}\n\n`);
    await wait(150);
  }
  response.end('data: end\n\n');
}

async function answer(request: Request, response: Response): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://upstream.invalid');
  if (pathname === '/stream') return stream(response, 'text/plain');
  if (pathname === '/events') return stream(response, 'text/event-stream');
  if (pathname === '/empty') return void response.writeHead(204).end();
  // Answers before the body has come; Node reads what remains and drops it, so that the connection stays usable.
  if (pathname === '/unauthorized') {
    request.resume();
    response.setHeader('www-authenticate', 'Bearer');
    return send(response, 401, 'Who are you?\n');
  }
  if (pathname === '/too-large') {
    if (request instanceof http.IncomingMessage) response.setHeader('connection', 'close');
    return send(response, 413, 'Too large\n');
  }
  if (request.method === 'POST' || request.method === 'PUT') return digest(request, response);
  // Larger than any window on the way, so that the bytes have to flow.
  if (pathname === '/large') return send(response, 200, 'causeway\n'.repeat(700_000));
  send(response, 200, `${request.method} ${pathname}\n`);
}

/** Closes idle connections after 100 ms, and WebSockets echo; `/upgrade-refused` refuses them with 401. */
export async function startMatrixServer(protocol: 'http1' | 'http2'): Promise<MatrixHttpServer> {
  const sockets = new Set<Socket>();
  const onRequest = (request: Request, response: Response): void => {
    answer(request, response).catch(() => request.destroy());
  };
  // Whoever asks for anything else, such as Java for `h2c`, gets an ordinary answer (RFC 9110 §7.8).
  const shouldUpgradeCallback = (request: http.IncomingMessage): boolean => request.headers.upgrade === 'websocket';
  const server =
    protocol === 'http1'
      ? http.createServer({ shouldUpgradeCallback }, onRequest)
      : http2.createServer((request, response) => onRequest(request, response as unknown as Response));
  if (server instanceof http.Server) {
    server.keepAliveTimeout = 100;
    server.keepAliveTimeoutBuffer = 0;
    const webSockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/upgrade-refused') {
        socket.end(
          'HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nRetry-After: 7\r\nContent-Length: 8\r\n\r\nSign in\n',
        );
        return;
      }
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('message', (data, binary) => webSocket.send(data, { binary }));
        webSocket.on('error', () => webSocket.terminate());
      });
    });
  }
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
