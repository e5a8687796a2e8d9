import {
  constants,
  Http2ServerRequest,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Stream,
} from 'node:http2';
import type { LimitsConfig } from '../../config/config-schema.ts';
import type { RequestSource } from '../../request/exchange/exchange.ts';
import { MalformedStreams } from '../../http2-fields/malformed-streams.ts';
import type { Pipeline } from '../../request/pipeline.ts';
import type { StreamSocket } from '../../tunnel/stream-socket.ts';
import { markBroken } from '../../request/exchange/connection-order.ts';
import { takeInTurn } from './first-streams.ts';
import { Http2Answer } from './http2-answer.ts';
import type { ByteKeeper, TunnelMemory } from '../../tunnel/tunnel-memory.ts';

const maxConcurrentStreams = 128;
const maxResetsBurst = 200;
const maxResetsPerSecond = 50;

/**
 * Serves cleartext HTTP/2 (RFC 9113 §3.3) on one local connection; each of its requests goes through the pipeline on
 * its own. Bounded against rapid resets, header floods and unread answers (CVE-2023-44487, CVE-2024-27983).
 */
export function serveHttp2(socket: StreamSocket, pipeline: Pipeline, limits: LimitsConfig): void {
  /** Requests that are taken already, to be ended when their trailers turn out to be malformed. */
  const taken = new Map<number, () => void>();
  const malformed = new MalformedStreams('caller', (streamId) => taken.get(streamId)?.());
  // Before Node's own listener, so that it has read what Node reads.
  socket.on('data', (chunk: Buffer) => {
    try {
      malformed.read(chunk);
    } catch {
      session.destroy(undefined, constants.NGHTTP2_COMPRESSION_ERROR);
    }
    unread.recount();
  });
  const session = performServerHandshake(socket, {
    maxHeaderListPairs: limits.max_headers,
    maxSessionMemory: 16,
    maxSessionRejectedStreams: 50,
    maxSessionInvalidFrames: 50,
    maxOutstandingPings: 4,
    // An upstream may repeat any header; over HTTP/1.1 it comes to the caller as it is, too.
    strictSingleValueFields: false,
    settings: {
      maxConcurrentStreams,
      maxHeaderListSize: limits.max_header_bytes,
      initialWindowSize: 262_144,
      enablePush: false,
      enableConnectProtocol: false,
    },
    // Where the count of our own, below, is blind.
    streamResetBurst: maxResetsBurst * 5,
    streamResetRate: maxResetsPerSecond * 5,
  });
  session.setLocalWindowSize(1_048_576);
  const inTurn = takeInTurn(session, {
    firstWithinMs: limits.header_timeout_seconds * 1000,
    resetBurst: maxResetsBurst,
    resetsPerSecond: maxResetsPerSecond,
  });
  const unread = new KeptBytes(socket.session.memory, () => malformed.keptBytes);
  session.on('error', () => socket.destroy());
  socket.once('close', () => {
    session.destroy();
    unread.close();
  });
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags, rawHeaders: string[]) => {
    const request = new Http2ServerRequest(stream, headers, {}, rawHeaders) as Http2ServerRequest & RequestSource;
    const response = new Http2Answer(stream, (blocked) => unread.add(blocked));
    // A reset by the caller is an ordinary end; the pipeline learns it by the response's close.
    stream.on('error', () => stream.close());
    // Node's own says false of a request that has no body and is never read.
    Object.defineProperty(request, 'complete', { get: () => stream.endAfterHeaders || stream.readableEnded });
    Object.defineProperty(request, 'rawHeaders', { value: asHttp1(rawHeaders) });
    Object.defineProperty(request, 'fault', { get: () => malformed.faultOf(stream.id) });
    const expectsContinue = headers.expect?.toLowerCase() === '100-continue';
    const { id = 0 } = stream;
    stream.once('close', () => {
      // Behind those who ask for the fault now.
      setImmediate(() => malformed.forget(id));
      taken.delete(id);
    });
    inTurn(stream, () => {
      if (!stream.endAfterHeaders && request.fault === null) {
        taken.set(id, () => {
          markBroken(request);
          stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
        });
      }
      pipeline.handle({ request, response, socket, http2: true }, expectsContinue, !stream.endAfterHeaders);
    });
  });
}

/** What one connection holds, counted for its tunnel: answers whose caller gives no window, and half a head. */
class KeptBytes implements ByteKeeper {
  place = -1;
  readonly #memory: TunnelMemory;
  readonly #blocked = new Set<ServerHttp2Stream>();
  readonly #headBytes: () => number;
  #counted = 0;
  #closed = false;

  constructor(memory: TunnelMemory, headBytes: () => number) {
    this.#memory = memory;
    this.#headBytes = headBytes;
  }

  /** The stream has more to write than its caller takes. */
  add(stream: ServerHttp2Stream): void {
    this.#blocked.add(stream);
    this.recount();
  }

  recount(): void {
    let kept = this.#closed ? 0 : this.#headBytes();
    for (const stream of this.#blocked) {
      const bytes = stream.destroyed ? 0 : stream.writableLength;
      if (bytes === 0) this.#blocked.delete(stream);
      kept += bytes;
    }
    if (kept === this.#counted) return;
    this.#memory.changed(this, this.#counted, kept);
    this.#counted = kept;
  }

  close(): void {
    this.#closed = true;
    this.#blocked.clear();
    this.recount();
  }
}

/**
 * Pseudo-headers away, `:authority` as Host (RFC 9113 §8.3.1), and the parts of Cookie in one line, as it can’t be
 * repeated in HTTP/1.1 (§8.2.3), so that one set of rules judges both versions.
 */
function asHttp1(raw: readonly string[]): string[] {
  const headers: string[] = [];
  let cookieAt = -1;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    if (name === ':authority') headers.push('host', value);
    else if (name === 'cookie' && cookieAt >= 0) headers[cookieAt] += `; ${value}`;
    else if (name === 'cookie') cookieAt = headers.push(name, value) - 1;
    else if (!name.startsWith(':')) headers.push(name, value);
  }
  return headers;
}
