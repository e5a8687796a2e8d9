import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { LimitsConfig } from '../../config/config-schema.ts';
import type { Pipeline } from '../../request/pipeline.ts';
import type { StreamSocket } from '../../tunnel/stream-socket.ts';
import { Http1Answer } from './http1-answer.ts';
import { isStopped, markBroken, stopReading } from '../../request/exchange/connection-order.ts';
import type { UpgradeProtocol } from '../../config/values/upgrade-protocol.ts';
import { wantedUpgrade } from '../../request/gates/judge-upgrade.ts';

/** A request that can't be parsed or is refused by its request line: it is to be recorded, answered and cut off. */
export interface MalformedRequest {
  readonly socket: StreamSocket;
  readonly status: 400 | 405 | 408 | 431 | 505;
  readonly detail: string;
  /** Asked when the record is written: false when an answer has begun, and the connection can only be cut. */
  readonly mayAnswer: () => boolean;
}

/** The answers that a connection still owes, as far as order needs them. */
interface Owed {
  before: ServerResponse | null;
  newest: ServerResponse<IncomingMessage>;
}

/**
 * The one HTTP/1.1 parser between callers and policy: Node's, strict, fed with tunnel streams by `emit('connection')`.
 * It never listens on a port. Ambiguous framing gets 400 and the end of the connection (RFC 9112 §6.3, §11.2), in its
 * turn behind the answers of earlier requests; what follows on the connection is never taken for a request.
 */
export function createStreamServer(
  pipeline: Pipeline,
  limits: LimitsConfig,
  onMalformed: (malformed: MalformedRequest) => void,
): Server {
  const server = createServer({
    ServerResponse: Http1Answer,
    maxHeaderSize: limits.max_header_bytes,
    insecureHTTPParser: false,
    requireHostHeader: false,
    keepAliveTimeout: 0,
    headersTimeout: limits.header_timeout_seconds * 1000,
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(limits.header_timeout_seconds * 250, 5000),
    shouldUpgradeCallback: (request) => upgradeOf(request) !== null,
  });
  const owed = new WeakMap<object, Owed>();
  /** Connections that ask for another protocol, where each side ends on its own. */
  const switching = new WeakSet<object>();

  /** HTTP/1.0 has no upgrades: the header means nothing there (RFC 9110 §7.8). */
  function upgradeOf(request: IncomingMessage): UpgradeProtocol | null {
    const { httpVersionMinor, headers, socket } = request;
    if (httpVersionMinor !== 1) return null;
    return wantedUpgrade(headers.upgrade, pipeline.upgradesOf(socket as unknown as StreamSocket, headers.host ?? ''));
  }

  /** Puts an answer behind those that the connection owes already. */
  function owe(socket: object, response: ServerResponse<IncomingMessage>): void {
    const last = owed.get(socket);
    if (last === undefined) owed.set(socket, { before: null, newest: response });
    else {
      last.before = last.newest;
      last.newest = response;
    }
  }

  /** Runs `next` when the answers before it are out. */
  function inTurn(ahead: ServerResponse | null, next: () => void): void {
    if (ahead === null || ahead.writableFinished || ahead.destroyed) next();
    else ahead.once('close', next);
  }

  function refuse(socket: StreamSocket, status: MalformedRequest['status'], detail: string): void {
    stopReading(socket);
    const last = owed.get(socket);
    const inBody = last !== undefined && !last.newest.req.complete;
    if (inBody) markBroken(last.newest.req);
    const mayAnswer = (): boolean => !inBody || !last.newest.headersSent;
    inTurn(inBody ? last.before : (last?.newest ?? null), () => onMalformed({ socket, status, detail, mayAnswer }));
  }

  /** The caller ended its side inside a request: not a malformed one, and nobody waits for its answer. */
  function cutOff(socket: Duplex): void {
    stopReading(socket);
    const last = owed.get(socket);
    const inBody = last !== undefined && !last.newest.req.complete;
    if (inBody) markBroken(last.newest.req);
    inTurn(inBody ? last.before : (last?.newest ?? null), () => socket.destroy());
  }

  function take(request: IncomingMessage, response: Http1Answer, expectsContinue: boolean): void {
    const { socket } = request;
    if (isStopped(socket)) return;
    if (request.httpVersionMajor !== 1) {
      refuse(socket as unknown as StreamSocket, 505, `HTTP/${request.httpVersion} isn’t spoken here.`);
      return;
    }
    if (request.httpVersionMinor === 0 && request.headers['transfer-encoding'] !== undefined) {
      refuse(socket as unknown as StreamSocket, 400, 'HTTP/1.0 has no Transfer-Encoding (RFC 9112 §6.1).');
      return;
    }
    owe(socket, response);
    pipeline.handle({ request, response, socket: socket as unknown as StreamSocket, http2: false }, expectsContinue);
  }

  // A caller that has ended its side gets its answers where it is known to wait for them; else it is taken for gone.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('connection', (connection) => {
    const socket = connection as unknown as StreamSocket;
    socket.once('end', () => {
      if (!socket.readsOn && !isStopped(socket) && !switching.has(socket)) socket.end();
    });
  });
  // Node looks for heads that take too long from the moment a server listens, which this one never does.
  server.emit('listening');
  // Node drops headers beyond this count silently; the pipeline counts for itself and refuses.
  server.maxHeadersCount = 0;
  server.on('request', (request, response) => take(request, response, false));
  server.on('checkContinue', (request, response) => take(request, response, true));
  // An expectation that nobody knows: the pipeline refuses it, with a record.
  server.on('checkExpectation', (request, response) => take(request, response, false));
  // While the request's body is still to come, `carried` is another object than the connection.
  server.on('upgrade', (request: IncomingMessage, carried: Duplex, head: Buffer) => {
    const socket = request.socket as unknown as StreamSocket;
    switching.add(socket);
    // One caller's broken connection is never the relay's failure.
    carried.on('error', () => socket.destroy());
    const protocol = upgradeOf(request);
    if (isStopped(socket) || protocol === null) return;
    const response = new Http1Answer(request);
    const ahead = owed.get(socket)?.newest ?? null;
    owe(socket, response);
    inTurn(ahead, () => {
      if (isStopped(socket)) return;
      // A connection that is gone still has the answer before; this one is recorded, and goes nowhere.
      if (!socket.destroyed) answerOn(carried, response);
      const expectsContinue = request.headers.expect?.toLowerCase() === '100-continue';
      pipeline.upgrade({ request, response, socket, carried, protocol, http2: false }, head, expectsContinue);
    });
  });
  server.on('connect', ({ socket }: IncomingMessage) => {
    if (!isStopped(socket)) refuse(socket as unknown as StreamSocket, 405, 'CONNECT never passes the relay.');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (isStopped(socket)) return;
    if (!socket.writable || socket.destroyed) {
      socket.destroy();
      return;
    }
    if (error.code === 'HPE_CLOSED_CONNECTION') {
      // Bytes behind a request that ends the connection: not a request (RFC 9112 §9.6).
      stopReading(socket);
      return;
    }
    if (error.code === 'HPE_INVALID_EOF_STATE') {
      cutOff(socket);
      return;
    }
    const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const status = late ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
    const detail = late
      ? 'The request’s head did not arrive in time.'
      : `The request isn’t well-formed HTTP/1.1 (${faultOf(error)}).`;
    refuse(socket as StreamSocket, status, detail);
  });
  return server;
}

/** Codes of the parser that say too little to whoever sent the request. */
const faults: Readonly<Record<string, string>> = {
  HPE_INVALID_URL: 'its address holds a byte outside ASCII or a control character, HPE_INVALID_URL',
  HPE_INVALID_CONSTANT: 'its address holds a space, or no HTTP version follows it, HPE_INVALID_CONSTANT',
};

function faultOf({ code, message }: NodeJS.ErrnoException): string {
  return code === undefined ? message : (faults[code] ?? code);
}

/** An upgrade's answer when it isn't 101 (RFC 9110 §7.8): ordinary HTTP, behind which the connection ends. */
function answerOn(carried: Duplex, response: ServerResponse): void {
  response.shouldKeepAlive = false;
  response.assignSocket(carried as Socket);
  response.once('finish', () => carried.end());
}
