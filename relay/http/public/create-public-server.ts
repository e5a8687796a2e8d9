import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { problemDocument } from '../../../shared/problem-document.ts';
import { rawProblem } from '../problem-response.ts';
import { forwardedCaller, rememberCaller, type TrustedProxies } from '../caller-address.ts';
import { beginsWithProxyHeader, takeProxyHeader } from './take-proxy-header.ts';

const lingerMs = 2000;

export interface PublicServerOptions {
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly maxUnauthenticated: number;
  /** The proxies in front; null for none. */
  readonly trustedProxies: () => TrustedProxies | null;
  /** Whether clients are asked for a certificate. */
  readonly requestCertificate?: boolean;
  /** Keys of TLS sessions, where several processes are to take each other's; of its own by default. */
  readonly ticketKeys?: Buffer;
  /** Whether each answer is to be the last one of its connection; false when left out. */
  readonly isLeaving?: () => boolean;
  readonly log: Logger;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** `onAccepted` is to be called when the caller is known: it no longer counts as unauthenticated. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, onAccepted: () => void) => void;
}

/** The relay's public server, with the function that exchanges its certificate while it runs. */
export interface PublicServer {
  /** Begins to listen. @throws the system’s error when it can’t */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Watches time-outs without listening, where another process does that. */
  begin(): void;
  /** Takes a connection from the network. */
  take(socket: Socket): void;
  /** Takes no more connections. */
  close(): void;
  /** Ends those that are open, too. */
  closeAllConnections(): void;
  readonly replaceCertificate: (tls: { readonly cert: string; readonly key: string }) => void;
}

/**
 * Takes connections from the network, TLS 1.3 only, and at most `maxUnauthenticated` that haven't proved who they
 * are: beyond that the oldest of them is dropped, so that a flood pushes out its own connections before those of
 * people, who need a moment to present their token. Tunnels that are already open don't notice.
 */
export function createPublicServer(options: PublicServerOptions): PublicServer {
  const unauthenticated = new Map<string, Socket>();
  const callers = new Map<string, string>();
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

  const take = (socket: Socket): void => {
    if (unauthenticated.size >= options.maxUnauthenticated) dropOldest(unauthenticated);
    socket.setNoDelay(true);
    const peer = peerOf(socket);
    unauthenticated.set(peer, socket);
    socket.once('close', () => {
      if (unauthenticated.get(peer) === socket) unauthenticated.delete(peer);
      callers.delete(peer);
    });
    if (!beginsWithProxyHeader(socket, options.trustedProxies())) {
      server.emit('connection', socket);
      return;
    }
    takeProxyHeader(socket, options.log, (source) => {
      if (source !== null) callers.set(peer, source);
      server.emit('connection', socket);
    });
  };
  const front = createServer({ allowHalfOpen: secure === null }, take);
  // A connection that breaks while it is accepted is no failure of the relay.
  const onAcceptError = (error: Error): void => options.log.warn({ err: error }, 'a connection couldn’t be accepted');

  const withCaller = (request: IncomingMessage): void => {
    const peer = request.socket.remoteAddress ?? '';
    const trusted = options.trustedProxies();
    const told = callers.get(peerOf(request.socket));
    if (told !== undefined) rememberCaller(request, told);
    else if (trusted !== null && trusted.addressFrom !== 'proxy-protocol')
      rememberCaller(request, forwardedCaller(peer, request.headers, trusted));
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    withCaller(request);
    if (options.isLeaving?.() === true) response.setHeader('Connection', 'close');
    options.onRequest(request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => refuseMalformed(error, socket));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const peer = peerOf(request.socket);
    withCaller(request);
    options.onUpgrade(request, socket, head, () => unauthenticated.delete(peer));
  });
  return {
    async listen(port, host) {
      await new Promise<void>((resolve, reject) => {
        front.once('error', reject);
        front.listen(port, host, () => {
          front.off('error', reject);
          front.on('error', onAcceptError);
          resolve();
        });
      });
      server.emit('listening');
      return front.address() as AddressInfo;
    },
    // Node's server begins to watch its time-outs with this event.
    begin: () => void server.emit('listening'),
    take,
    close() {
      front.close();
      server.close();
    },
    closeAllConnections() {
      server.closeAllConnections();
      for (const socket of unauthenticated.values()) socket.destroy();
    },
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
