import { type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from 'node:http2';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import type { Exchange } from '../exchange.ts';
import type { ForwardedRequest } from './forward-request.ts';
import type { Http2Sessions } from './http2-sessions.ts';
import type { LocalRewrite } from './local-rewrite.ts';
import { readResponseHeaders, readResponseTrailers } from './response-headers.ts';
import type { Upstream } from './upstream-pools.ts';

/**
 * Sends a decided request to an upstream in HTTP/2 and streams both directions at once, with trailers: what gRPC
 * needs. Keeps the same promise as `Forwarding`: nothing of the answer leaves before `release`.
 */
export class Http2Forwarding {
  readonly #exchange: Exchange;
  readonly #upstream: Upstream;
  readonly #sessions: Http2Sessions;
  #stream: ClientHttp2Stream | null = null;
  #rewrite: LocalRewrite | undefined;
  #released = false;
  #held: (() => void) | null = null;
  #headSent = false;
  #failed = false;
  #late: AccessError | null = null;

  constructor(exchange: Exchange, upstream: Upstream, sessions: Http2Sessions) {
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.#sessions = sessions;
  }

  start(forwarded: ForwardedRequest): void {
    const { request, response, method } = this.#exchange;
    if (this.#failed) return;
    this.#rewrite = forwarded.rewrite;
    const origin = new URL(this.#upstream.origin);
    const { session, release } = this.#sessions.take();
    const headers = outgoing(forwarded.headers);
    const stream = session.request(
      {
        ...headers,
        ':method': method,
        ':path': forwarded.path,
        ':scheme': origin.protocol.slice(0, -1),
        ':authority': origin.host,
      },
      { endStream: !forwarded.hasBody },
    );
    this.#stream = stream;
    stream.setTimeout(this.#upstream.timeoutMs, () => {
      if (this.#headSent) return;
      this.timeOut(new AccessError('upstream-timeout', `${this.#upstream.origin} did not answer in time.`));
    });
    stream.once('close', release);
    stream.once('response', (received, _flags, raw: string[]) => {
      const status = Number(received[':status']);
      if (this.#released) this.#sendHead(status, raw);
      else this.#held = () => this.#sendHead(status, raw);
    });
    stream.once('trailers', (trailers) => {
      response?.addTrailers(readResponseTrailers(trailers));
    });
    stream.on('error', (error) => this.#onError(error));
    response?.once('close', this.#onResponseClosed);
    if (forwarded.hasBody) this.#sendBody(request, stream);
  }

  release(): void {
    this.#released = true;
    if (this.#late !== null) this.timeOut(this.#late);
    const held = this.#held;
    this.#held = null;
    held?.();
  }

  /** The request has had its time: answers 504, or cuts an answer off so that it can't be taken for a whole one. */
  timeOut(failure: AccessError): void {
    if (this.#released) this.#fail(failure.code, 504, failure.message);
    else this.#late = failure;
  }

  refuse(failure: AccessError): void {
    this.#fail(failure.code, 503, failure.message);
  }

  #sendBody(request: Exchange['request'], stream: ClientHttp2Stream): void {
    const { maxBodyBytes = Infinity } = this.#upstream;
    request.on('data', (chunk: Buffer) => {
      this.#exchange.requestBytes += chunk.length;
      if (this.#exchange.requestBytes <= maxBodyBytes) return;
      this.#fail('body-too-large', 413, `At most ${maxBodyBytes} bytes are allowed.`);
    });
    request.pipe(stream);
  }

  #sendHead(status: number, raw: readonly string[]): void {
    const { response } = this.#exchange;
    const stream = this.#stream;
    // What came in while the stream was being ended has had its answer.
    if (this.#failed || response === null || stream === null || response.destroyed) return;
    this.#exchange.status = status;
    try {
      const headers = readResponseHeaders(withoutPseudo(raw), this.#rewrite);
      headers.push(...this.#exchange.answerHeaders);
      response.writeHead(status, '', headers);
      this.#headSent = true;
    } catch (error) {
      this.#fail('upstream-protocol', 502, error instanceof Error ? error.message : String(error));
      return;
    }
    response.flushHeaders();
    stream.on('data', (chunk: Buffer) => {
      this.#exchange.responseBytes += chunk.length;
      if (response.write(chunk)) return;
      stream.pause();
      response.once('drain', () => stream.resume());
    });
    stream.once('end', () => {
      if (!this.#failed && !response.destroyed) {
        response.end(() => {
          this.#exchange.finish('completed');
          this.#exchange.markAnswered();
        });
      }
    });
  }

  #onError(error: Error): void {
    const code = (error as NodeJS.ErrnoException).code ?? error.message;
    const fail = (): void =>
      this.#fail('upstream-unreachable', 502, `${this.#upstream.origin} can’t be reached over HTTP/2 (${code}).`);
    if (this.#released || this.#failed) fail();
    else this.#held = fail;
  }

  #fail(code: ErrorCode, status: number, detail: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#held = null;
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    const exchange = this.#exchange;
    if (exchange.response === null || exchange.response.destroyed) return;
    if (this.#headSent) {
      exchange.finish('aborted', detail);
      exchange.response.destroy(new Error(detail));
      return;
    }
    exchange.answer({ code, status, detail });
    exchange.finish(code === 'upstream-timeout' || code === 'upstream-protocol' ? 'unknown' : 'completed', detail);
  }

  readonly #onResponseClosed = (): void => {
    if (this.#exchange.response?.writableFinished !== false) return;
    this.#failed = true;
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    this.#exchange.finish(
      this.#headSent ? 'aborted' : 'unknown',
      'The caller closed the connection before the answer was complete.',
    );
  };
}

function withoutPseudo(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (!name.startsWith(':')) headers.push(name, raw[index + 1] ?? '');
  }
  return headers;
}

/** Names in lower case, repeated ones as lists; `te: trailers` is the one hop-by-hop header HTTP/2 knows. */
function outgoing(headers: readonly string[]): OutgoingHttpHeaders {
  const result: Record<string, string | string[]> = { te: 'trailers' };
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] ?? '').toLowerCase();
    const value = headers[index + 1] ?? '';
    const present = result[name];
    if (present === undefined) result[name] = value;
    else if (Array.isArray(present)) present.push(value);
    else result[name] = [present, value];
  }
  return result;
}
