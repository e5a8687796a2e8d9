import type { LookupFunction, Socket } from 'node:net';
import { Pool } from 'undici';
import type { UpstreamAddress } from '../config/upstream-address.ts';
import { connectUpstream } from './connect-upstream.ts';
import { Http2Sessions } from './http2-sessions.ts';

/** How connections to one API are opened. */
export interface ConnectionSettings {
  readonly address: UpstreamAddress;
  readonly protocol: 'http1' | 'http2';
  /** Certificate authorities, certificate and key (PEM), and the name to ask for and to find in its certificate. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string };
  readonly timeoutMs: number;
  readonly maxAnswerHeaderBytes: number;
  /** Undefined for the system's. */
  readonly lookup: LookupFunction | undefined;
  /** What comes on connections of HTTP/2 can’t be looked at. */
  readonly onUnwatched?: ((error: Error) => void) | undefined;
}

const connectTimeoutMs = 10_000;
/**
 * Shorter than the 2 s and 5 s after which common servers (gunicorn, uvicorn) close without a word: a POST that meets such an end
 * can’t be sent again. Servers that say their time (`Keep-Alive: timeout=5`) are believed, less two seconds.
 */
const keepAliveMs = 1500;
/** A person's own connection has been signed in on, which is lost with it. */
const ownKeepAliveMs = 60_000;
/** What a header takes at least (RFC 9113 §6.5.2). */
const fewestHeaderBytes = 32;

/** Opens a connection for one request, outside of the pool. */
export type OpenConnection = (done: (error: Error | null, socket: Socket | null) => void) => void;

/** Connections that all who use the group share, in HTTP/1.1 or HTTP/2. */
export class ConnectionGroup {
  readonly pool: Pool;
  /** Set when the upstream is spoken to in HTTP/2. */
  readonly http2: Http2Sessions | null;
  readonly open: OpenConnection;

  /** @param reach `all`: as many connections as there are requests at once; `one`: a single one, kept for longer */
  constructor(settings: ConnectionSettings, reach: 'all' | 'one') {
    const { address, tls, lookup, maxAnswerHeaderBytes } = settings;
    const connect = connectUpstream({
      timeout: connectTimeoutMs,
      ...tls,
      ...(lookup === undefined ? {} : { lookup }),
      ...(address.socketPath === null ? {} : { socketPath: address.socketPath }),
    });
    const { protocol, host, hostname, port } = new URL(address.origin);
    this.open = (done) =>
      connect({ protocol, host, hostname, port }, (error, socket) => {
        // undici gives one of the two, and leaves the other out.
        done(error ?? null, socket ?? null);
      });
    this.pool = new Pool(address.origin, {
      // No bound of its own: a bound shared by all callers would let slow readers hold up everybody else. Streams are
      // bounded per tunnel.
      connections: reach === 'all' ? null : 1,
      pipelining: 1,
      headersTimeout: settings.timeoutMs,
      bodyTimeout: 0,
      keepAliveTimeout: reach === 'all' ? keepAliveMs : ownKeepAliveMs,
      maxHeaderSize: maxAnswerHeaderBytes,
      // Else all wait for the first connection, to see which protocol it is.
      allowH2: false,
      connect,
    });
    this.http2 = settings.protocol === 'http2' ? openHttp2(settings) : null;
  }

  get isInUse(): boolean {
    return this.openConnections > 0;
  }

  get openConnections(): number {
    return this.pool.stats.connected + (this.http2?.size ?? 0);
  }

  /** Requests under way finish; a failure to close changes nothing for anybody. */
  async close(): Promise<void> {
    this.http2?.close();
    await this.pool.close().catch(() => this.pool.destroy());
  }

  async destroy(): Promise<void> {
    this.http2?.destroy();
    await this.pool.destroy();
  }
}

function openHttp2(settings: ConnectionSettings): Http2Sessions {
  const { address, tls, lookup, maxAnswerHeaderBytes, onUnwatched } = settings;
  const { origin, socketPath } = address;
  const options = {
    settings: { maxHeaderListSize: maxAnswerHeaderBytes },
    maxHeaderListPairs: Math.ceil(maxAnswerHeaderBytes / fewestHeaderBytes),
  };
  return new Http2Sessions(origin, options, { ...tls, lookup, socketPath: socketPath ?? undefined, onUnwatched });
}
