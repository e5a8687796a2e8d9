import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { problemDocument } from '../../../shared/problem-document.ts';
import { rawProblem } from '../problem-response.ts';

const lingerMs = 2000;

export interface PublicServerOptions {
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly maxUnauthenticated: number;
  /** Whether clients are asked for a certificate. */
  readonly requestCertificate?: boolean;
  /** Keys of TLS sessions, where several processes are to take each other's; of its own by default. */
  readonly ticketKeys?: Buffer;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** `onAccepted` is to be called when the caller is known: it no longer counts as unauthenticated. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, onAccepted: () => void) => void;
}

/** The relay's public server, with the function that exchanges its certificate while it runs. */
export interface PublicServer {
  readonly server: Server;
  readonly replaceCertificate: (tls: { readonly cert: string; readonly key: string }) => void;
}

/**
 * Takes connections from the network, TLS 1.3 only, and at most `maxUnauthenticated` that haven't proved who they
 * are: beyond that the oldest of them is dropped, so that a flood pushes out its own connections before those of
 * people, who need a moment to present their token. Tunnels that are already open don't notice.
 */
export function createPublicServer(options: PublicServerOptions): PublicServer {
  const unauthenticated = new Map<string, Socket>();
  const http = { maxHeaderSize: 65_536, headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 5000 };
  const tickets = options.ticketKeys === undefined ? {} : { ticketKeys: options.ticketKeys };
  const secure =
    options.tls === undefined
      ? null
      : createHttpsServer({
          ...http,
          ...options.tls,
          ...tickets,
          minVersion: 'TLSv1.3',
          handshakeTimeout: 10_000,
          // Any certificate will do: it only proves the key that a token can be bound to (RFC 8705).
          requestCert: options.requestCertificate ?? false,
          rejectUnauthorized: false,
        });
  const server: Server = secure ?? createHttpServer(http);
  server.on('connection', (socket: Socket) => {
    if (unauthenticated.size >= options.maxUnauthenticated) dropOldest(unauthenticated);
    socket.setNoDelay(true);
    const peer = peerOf(socket);
    unauthenticated.set(peer, socket);
    socket.once('close', () => {
      if (unauthenticated.get(peer) === socket) unauthenticated.delete(peer);
    });
  });
  server.on('request', options.onRequest);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => refuseMalformed(error, socket));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const peer = peerOf(request.socket);
    options.onUpgrade(request, socket, head, () => unauthenticated.delete(peer));
  });
  return {
    server,
    replaceCertificate(tls) {
      secure?.setSecureContext({ ...tls, ...tickets, minVersion: 'TLSv1.3' });
    },
  };
}

/** Says 400 or 408 and closes, without a reset that would overtake the answer. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const detail = late ? 'The request did not arrive in time.' : 'This isn’t well-formed HTTP/1.1.';
  const problem = problemDocument('bad-request', late ? 408 : 400, detail);
  socket.end(rawProblem(problem, late ? 'Request Timeout' : 'Bad Request'));
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}

function dropOldest(sockets: Map<string, Socket>): void {
  const [oldest] = sockets;
  if (oldest === undefined) return;
  sockets.delete(oldest[0]);
  oldest[1].destroy();
}

/** Names a connection; the same for a TLS socket and the TCP socket below it. */
function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
