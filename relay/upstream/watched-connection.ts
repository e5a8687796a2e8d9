import type { ClientHttp2Stream } from 'node:http2';
import { connect as connectTcp, isIP, type LookupFunction, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MalformedStreams } from '../http2-fields/malformed-streams.ts';
import { makeSocketPair, type SocketPair } from './socket-pair.ts';
import { ReusedBuffer, splice } from './splice.ts';

export interface WatchedConnectionOptions {
  readonly socketPath?: string | undefined;
  readonly lookup?: LookupFunction | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
  /** There can’t be a pair of sockets: the connection is used as it is, and nobody looks at what comes. */
  readonly onUnwatched?: ((error: Error) => void) | undefined;
}

interface Connecting {
  readonly upstream: Socket;
  /** By which it says that it is there. */
  readonly event: 'connect' | 'secureConnect';
  /** What the relay reads into; null for buffers of Node's. */
  readonly reads: ReusedBuffer | null;
}

/**
 * What an HTTP/2 session to an upstream runs on, with an eye on the fields that come: Node (nghttp2) leaves malformed
 * ones out and tells nobody. The session has one end of a pair of sockets, and the relay reads what it passes to the
 * other. (Over a stream of JavaScript instead, Node's sessions stop for ever once a large answer has been paused.)
 */
export class WatchedConnection {
  /** For the session. */
  readonly socket: Socket;
  readonly #told = new Map<number, (fault: string) => void>();
  #connected = false;

  constructor(origin: string, { onUnwatched, ...options }: WatchedConnectionOptions) {
    const pair = tryPair(onUnwatched);
    const { upstream, event, reads } = connectUpstream(origin, options, pair !== null);
    upstream.once(event, () => (this.#connected = true));
    this.socket = pair?.near ?? upstream;
    if (pair === null) return;
    const malformed = new MalformedStreams('upstream', (streamId, fault) => {
      malformed.forget(streamId);
      this.#told.get(streamId)?.(fault);
    });
    splice(upstream, pair, { reads, read: (chunk) => malformed.read(chunk), isConnected: () => this.#connected });
  }

  /** The upstream is there: what was written may have reached it. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Tells of a malformed answer on this stream, which has its number, before any of it gets to the session. */
  watch(stream: ClientHttp2Stream, told: (fault: string) => void): void {
    const { id = 0 } = stream;
    this.#told.set(id, told);
    stream.once('close', () => this.#told.delete(id));
  }
}

function tryPair(onFailed: ((error: Error) => void) | undefined): SocketPair | null {
  try {
    return makeSocketPair();
  } catch (error) {
    onFailed?.(error as Error);
    return null;
  }
}

/** In cleartext, in TLS with ALPN `h2`, or at a Unix socket, as `http2.connect` does it. */
function connectUpstream(
  origin: string,
  { socketPath, lookup, ...tls }: Omit<WatchedConnectionOptions, 'onUnwatched'>,
  isRead: boolean,
): Connecting {
  if (socketPath !== undefined) return connectPlain({ path: socketPath }, isRead);
  const { protocol, hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = { host, noDelay: true, ...(lookup === undefined ? {} : { lookup }) };
  if (protocol === 'http:') return connectPlain({ ...address, port: Number(port || 80) }, isRead);
  // Server names are names, never addresses (RFC 6066 §3).
  const servername = tls.servername ?? (isIP(host) === 0 ? host : '');
  const secure = connectTls({ ...address, port: Number(port || 443), ...tls, servername, ALPNProtocols: ['h2'] });
  // TLS makes a buffer of the right length for each record.
  return { upstream: secure.setNoDelay(), event: 'secureConnect', reads: null };
}

function connectPlain(target: NetConnectOpts, isRead: boolean): Connecting {
  if (!isRead) return { upstream: connectTcp(target), event: 'connect', reads: null };
  const reads = new ReusedBuffer();
  // Paused, so that nothing is read before there is somebody to pass it on to.
  return { upstream: connectTcp({ ...target, onread: reads }).pause(), event: 'connect', reads };
}
