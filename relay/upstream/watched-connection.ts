import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { MalformedStreams } from '../http2-fields/malformed-streams.ts';

type Done = (error?: Error | null) => void;

export interface WatchedConnectionOptions {
  readonly socketPath?: string | undefined;
  readonly lookup?: LookupFunction | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
}

/** Opens what an HTTP/2 session to an upstream runs on: cleartext, TLS with ALPN `h2`, or a Unix socket. */
export function connectWatched(
  origin: string,
  { socketPath, lookup, ...tls }: WatchedConnectionOptions,
): WatchedConnection {
  if (socketPath !== undefined) return new WatchedConnection(connectTcp(socketPath), 'connect');
  const { protocol, hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = { host, ...(lookup === undefined ? {} : { lookup }) };
  if (protocol === 'http:') {
    return new WatchedConnection(connectTcp({ ...address, port: Number(port || 80) }), 'connect');
  }
  // Server names are names, never addresses (RFC 6066 §3).
  const servername = tls.servername ?? (isIP(host) === 0 ? host : '');
  const secure = connectTls({ ...address, port: Number(port || 443), ...tls, servername, ALPNProtocols: ['h2'] });
  return new WatchedConnection(secure, 'secureConnect');
}

/** A connection to an upstream whose answers are looked at for malformed fields before Node reads them. */
export class WatchedConnection extends Duplex {
  readonly malformed = new MalformedStreams('upstream');
  readonly #socket: Socket;
  #connected = false;

  constructor(socket: Socket, connectEvent: 'connect' | 'secureConnect') {
    super({ allowHalfOpen: true, emitClose: true });
    this.#socket = socket;
    socket.once(connectEvent, () => (this.#connected = true));
    socket.on('data', (chunk: Buffer) => {
      try {
        this.malformed.read(chunk);
      } catch (error) {
        this.destroy(error as Error);
        return;
      }
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  /** The upstream is there: what was written may have reached it. */
  get connected(): boolean {
    return this.#connected;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#socket.write(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    const socket = this.#socket;
    const last = chunks.length - 1;
    socket.cork();
    for (const [index, { chunk }] of chunks.entries()) socket.write(chunk, index === last ? done : undefined);
    socket.uncork();
  }

  override _final(done: Done): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#socket.destroy();
    done(error);
  }
}
