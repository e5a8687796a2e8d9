import {
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Stream,
} from 'node:http2';
import type { LimitsConfig } from '../config/config-schema.ts';
import type { AnswerSink, RequestSource } from '../exchange.ts';
import type { Pipeline } from '../pipeline.ts';
import type { StreamSocket } from '../tunnel/stream-socket.ts';

const maxConcurrentStreams = 128;
const maxResetsBurst = 200;
const maxResetsPerSecond = 50;

/**
 * Serves cleartext HTTP/2 (RFC 9113 §3.3) on one local connection; each of its requests goes through the pipeline on
 * its own. Bounded against rapid resets, header floods and unread answers (CVE-2023-44487, CVE-2024-27983).
 */
export function serveHttp2(socket: StreamSocket, pipeline: Pipeline, limits: LimitsConfig): void {
  const session = performServerHandshake(socket, {
    maxHeaderListPairs: limits.max_headers,
    maxSessionMemory: 16,
    maxSessionRejectedStreams: 50,
    maxSessionInvalidFrames: 50,
    maxOutstandingPings: 4,
    settings: {
      maxConcurrentStreams,
      maxHeaderListSize: limits.max_header_bytes,
      initialWindowSize: 262_144,
      enablePush: false,
      enableConnectProtocol: false,
    },
    streamResetBurst: maxResetsBurst,
    streamResetRate: maxResetsPerSecond,
  });
  session.setLocalWindowSize(1_048_576);
  session.on('error', () => socket.destroy());
  socket.once('close', () => session.destroy());
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags, rawHeaders: string[]) => {
    const request = new Http2ServerRequest(stream, headers, {}, rawHeaders) as Http2ServerRequest & RequestSource;
    const response = new Http2Answer(stream);
    // A reset by the caller is an ordinary end; the pipeline learns it by the response's close.
    stream.on('error', () => stream.close());
    Object.defineProperty(request, 'rawHeaders', { value: asHttp1(rawHeaders) });
    pipeline.handle(
      { request, response: response as unknown as AnswerSink, socket, http2: true },
      false,
      !stream.endAfterHeaders,
    );
  });
}

/** HTTP/2 has no status message (RFC 9113 §8.3.2). */
class Http2Answer extends Http2ServerResponse {
  override writeHead(status: number, _statusMessage: unknown, headers?: unknown): this {
    return super.writeHead(status, headers as OutgoingHttpHeaders);
  }
}

/** Pseudo-headers away, `:authority` as Host (RFC 9113 §8.3.1), so that one set of rules judges both versions. */
function asHttp1(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    if (name === ':authority') headers.push('host', value);
    else if (!name.startsWith(':')) headers.push(name, value);
  }
  return headers;
}
