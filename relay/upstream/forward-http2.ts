import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { type Backoff, backoffMs } from '../../shared/backoff.ts';
import { AccessError } from '../../shared/errors.ts';
import { waitForContinueMs } from '../way-back/continue-when-wanted.ts';
import type { RequestBody } from '../way-back/request-body.ts';
import type { AnswerSource, Trailers, WayBack, WayBackFailure } from '../way-back/way-back.ts';
import { bodyGarbage } from '../way-back/body-garbage.ts';
import { type ForwardedRequest, isRepeatable } from './forward-request.ts';
import { cancelStream } from './cancel-stream.ts';
import { connectionFailure } from './connection-failure.ts';
import type { Http2Sessions } from './http2-sessions.ts';
import type { Upstream } from './upstream-pools.ts';
import type { WatchedConnection } from './watched-connection.ts';

const space = 0x20;
/** So often a request goes out again that its upstream did nothing of: some bound their streams by refusing them. */
const maxRefusals = 5;
const waits: Backoff = { firstMs: 50, longestMs: 800, jitter: 0 };

/**
 * Sends a decided request to an upstream in HTTP/2 and feeds the way back with what comes, both directions at once and
 * with trailers: what gRPC needs. An answer is whole only with END_STREAM (RFC 9113 §8.1), however its stream ends.
 */
export class Http2Forwarding implements AnswerSource {
  readonly #way: WayBack;
  readonly #upstream: Upstream;
  readonly #sessions: Http2Sessions;
  #request: ForwardedRequest | null = null;
  #stream: ClientHttp2Stream | null = null;
  #connection: WatchedConnection | null = null;
  #aborted = false;
  #repeats = 0;
  #repeatTimer: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;
  #expects = false;

  constructor(way: WayBack, upstream: Upstream, sessions: Http2Sessions) {
    this.#way = way;
    this.#upstream = upstream;
    this.#sessions = sessions;
  }

  /** @param expects whether the body waits for what the API says to the head (RFC 9110 §10.1.1) */
  start(request: ForwardedRequest, expects = false): void {
    this.#request = request;
    this.#expects = expects;
    this.#way.attach(this);
    if (this.#aborted) return;
    // Not the stream's own timer, which ends with the stream.
    this.#timer = setTimeout(() => {
      if (this.#waitsForCaller(request)) {
        this.#timer?.refresh();
        return;
      }
      const detail = `${this.#upstream.shown} did not answer in time.`;
      this.#way.timeOut(new AccessError('upstream-timeout', detail));
    }, this.#upstream.timeoutMs);
    this.#open(request);
  }

  /** Not when the upstream says that it has done nothing (RFC 9113 §8.7). */
  get begun(): boolean {
    const stream = this.#stream;
    if (stream === null || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return false;
    return this.#connection?.connected === true && !stream.pending;
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  abort(): void {
    this.#aborted = true;
    this.#clearTimer();
    this.#request?.body?.destroy();
    if (this.#stream !== null) cancelStream(this.#stream);
  }

  #open(request: ForwardedRequest): void {
    const way = this.#way;
    const { session, connection, release } = this.#sessions.take();
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(this.#headers(request), { endStream: request.body === null });
    } catch (error) {
      release();
      throw error;
    }
    this.#stream = stream;
    this.#connection = connection;
    /** The answer has ended here, whatever Node makes of it (RFC 9113 §8.1.1). */
    let malformed = false;
    const watch = (): void =>
      connection.watch(stream, (fault) => {
        if (malformed) return;
        malformed = true;
        this.#clearTimer();
        const detail = `${this.#upstream.shown} sent a malformed answer: ${fault} (RFC 9113 §8.2.1).`;
        way.guard(() => way.brokeOff({ code: 'upstream-protocol', status: 502, detail }));
        cancelStream(stream, constants.NGHTTP2_PROTOCOL_ERROR);
      });
    if (stream.pending) stream.once('ready', watch);
    else watch();
    const feed = (step: () => void): void => {
      if (!malformed) way.guard(step);
    };
    let endStream = false;
    /** Bytes that the answer still owes by its own length. */
    let missing = NaN;
    let failure: Error | null = null;
    let trailers: Trailers = {};
    stream.once('response', (headers) => this.#sessions.didAnswer(headers));
    // Node ends the readable side at END_STREAM and at a reset alike; only the former comes while the stream is open.
    const push = stream.push.bind(stream);
    stream.push = (chunk: unknown): boolean => {
      if (chunk === null && !stream.closed && !stream.destroyed) endStream = true;
      return push(chunk);
    };
    stream.once('close', () => release(stream.rstCode));
    stream.on('headers', (_headers, _flags, raw: readonly string[]) => {
      feed(() => way.interim({ status: statusOf(raw), raw: withoutPseudo(raw) }));
    });
    stream.once('response', (headers, flags, raw: readonly string[]) => {
      this.#clearTimer();
      missing = declaredLength(request.method, headers);
      feed(() => {
        way.head({ status: statusOf(raw), statusMessage: '', raw: withoutPseudo(raw) });
        // Head and end in one frame, as gRPC's errors are: to stay one.
        if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) way.whole({});
      });
    });
    stream.on('data', (chunk: Buffer) => {
      missing -= chunk.length;
      bodyGarbage.passed(chunk.length);
      feed(() => way.data(chunk));
    });
    stream.once('trailers', (received) => {
      trailers = withoutSpaceAround(received);
    });
    stream.once('end', () => {
      if (endStream) feed(() => way.whole(trailers));
    });
    stream.on('error', (error) => {
      failure = error;
    });
    stream.once('close', () => {
      // Node's own servers may end a stream without END_STREAM; the answer's length says then that it is whole.
      if (malformed) this.#clearTimer();
      else if (missing === 0 && stream.rstCode === constants.NGHTTP2_NO_ERROR) way.guard(() => way.whole(trailers));
      else this.#onClosed(request, stream, failure);
      this.#request?.body?.destroy();
    });
    if (request.body !== null) {
      request.body.once('error', () => cancelStream(stream));
      if (this.#expects) this.#sendWhenWanted(stream, request.body);
      else this.#send(stream, request.body);
    }
  }

  #send(stream: ClientHttp2Stream, body: RequestBody): void {
    body.on('data', () => this.#timer?.refresh());
    body.pipe(stream);
  }

  /** The body goes out when the API asks for it, or hasn't said in time that it won't take it. */
  #sendWhenWanted(stream: ClientHttp2Stream, body: RequestBody): void {
    const timer = setTimeout(() => stream.emit('continue'), waitForContinueMs);
    stream.once('continue', () => {
      clearTimeout(timer);
      if (!this.#way.headSeen && !stream.closed) this.#send(stream, body);
    });
    stream.once('response', () => clearTimeout(timer));
    stream.once('close', () => clearTimeout(timer));
  }

  #onClosed(request: ForwardedRequest, stream: ClientHttp2Stream, failure: Error | null): void {
    request.body?.destroy();
    if (this.#aborted || this.#way.settled) {
      this.#clearTimer();
      return;
    }
    // The upstream says that it has done nothing (RFC 9113 §8.7), or the method says that twice is as good as once.
    const unprocessed = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM && request.body === null;
    const repeats = unprocessed ? maxRefusals : this.#isLost(request, stream, failure) ? 1 : 0;
    if (this.#repeats < repeats && !this.#way.answerBegun) {
      this.#repeat(request);
      return;
    }
    this.#clearTimer();
    this.#way.guard(() => this.#way.brokeOff(this.#describe(stream, failure)));
  }

  /** At once, then with more and more time for the upstream to have room. */
  #repeat(request: ForwardedRequest): void {
    const waitMs = this.#repeats === 0 ? 0 : backoffMs(this.#repeats - 1, waits);
    this.#repeats += 1;
    const open = (): void => this.#way.guard(() => this.#open(request));
    if (waitMs === 0) open();
    else this.#repeatTimer = setTimeout(open, waitMs);
  }

  #isLost(request: ForwardedRequest, stream: ClientHttp2Stream, failure: Error | null): boolean {
    const code = (failure as NodeJS.ErrnoException | null)?.code ?? '';
    // The session has more than its upstream can keep; the next one has room.
    if (isRepeatable(request) && stream.rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM) return true;
    return isRepeatable(request) && this.begun && (code === 'ECONNRESET' || code === 'EPIPE');
  }

  /** The upstream has taken all that there is of the body, and the rest hasn't come yet. */
  #waitsForCaller({ body }: ForwardedRequest): boolean {
    const stream = this.#stream;
    if (body === null || stream === null || !this.begun || body.readableEnded) return false;
    return body.readableLength === 0 && stream.writableLength === 0;
  }

  #describe(stream: ClientHttp2Stream, failure: Error | null): WayBackFailure {
    const { shown: origin, maxAnswerHeaderBytes } = this.#upstream;
    const code =
      (failure as NodeJS.ErrnoException | null)?.code ?? failure?.message ?? `RST_STREAM ${String(stream.rstCode)}`;
    if (stream.rstCode === constants.NGHTTP2_HTTP_1_1_REQUIRED) {
      const detail = `${origin} takes this request in HTTP/1.1 only, as for NTLM or Negotiate (HTTP_1_1_REQUIRED). The API’s key “protocol” can be http1.`;
      return { code: 'upstream-protocol', status: 502, detail };
    }
    if (failure !== null && isInvalid(failure)) {
      const detail = `${origin} sent an answer that isn’t valid HTTP/2 (${failure.message}).`;
      return { code: 'upstream-protocol', status: 502, detail };
    }
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM && !this.begun) {
      const detail = `${origin} refused the request and did nothing of it (REFUSED_STREAM).`;
      return { code: 'upstream-unreachable', status: 502, detail };
    }
    // Node's answer to a head that is too large; some servers say so of too many requests.
    if (this.begun && failure?.message.includes('ENHANCE_YOUR_CALM') === true) {
      const detail = `${origin} ended the stream (${code}), or its answer’s head has more than ${maxAnswerHeaderBytes} bytes (max_answer_header_bytes).`;
      return { code: 'upstream-protocol', status: 502, detail };
    }
    return {
      code: 'upstream-unreachable',
      status: 502,
      detail: !this.begun
        ? `${origin} can’t be reached over HTTP/2 (${failure === null ? code : connectionFailure(failure)}).`
        : `${origin} broke off its HTTP/2 answer before it was complete (${code}). It may have acted on the request.`,
    };
  }

  /** In one list, so that repeated names stay as they are; `te: trailers` is the one hop-by-hop header HTTP/2 knows. */
  #headers({ method, path, headers }: ForwardedRequest): string[] {
    const { protocol, host } = new URL(this.#upstream.origin);
    const authority = this.#upstream.outgoing.host ?? host;
    const list = [':method', method, ':path', path, ':scheme', protocol.slice(0, -1), ':authority', authority];
    list.push('te', 'trailers');
    if (this.#expects) list.push('expect', '100-continue');
    for (let index = 0; index < headers.length; index += 2) {
      list.push((headers[index] ?? '').toLowerCase(), headers[index + 1] ?? '');
    }
    return list;
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#repeatTimer !== null) clearTimeout(this.#repeatTimer);
    this.#timer = null;
    this.#repeatTimer = null;
  }
}

/** What came isn't HTTP/2, says Node or the relay's own reader. */
function isInvalid(failure: Error): boolean {
  const { name, message } = failure;
  if (name === 'FramingError' || name === 'FieldCodingError') return true;
  return /PROTOCOL_ERROR|COMPRESSION_ERROR|FRAME_SIZE/.test(message);
}

/** Length of the answer's content by its head (RFC 9110 §6.4.1, §8.6); NaN when the head doesn't say. */
function declaredLength(method: string, headers: IncomingHttpHeaders & { ':status'?: number | undefined }): number {
  const status = headers[':status'];
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  return Number(headers['content-length'] ?? NaN);
}

function statusOf(raw: readonly string[]): number {
  return Number(raw[raw.indexOf(':status') + 1]);
}

function withoutPseudo(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (!name.startsWith(':')) headers.push(name, trim(raw[index + 1] ?? ''));
  }
  return headers;
}

/** Space around a value is none of it (RFC 9110 §5.5), and HTTP/2 forbids to send it on (RFC 9113 §8.2.1). */
function trim(value: string): string {
  const [first, last] = [value.charCodeAt(0), value.charCodeAt(value.length - 1)];
  return first > space && last > space ? value : value.replace(/^[\t ]+|[\t ]+$/g, '');
}

function withoutSpaceAround(trailers: Trailers): Trailers {
  const trimmed = Object.entries(trailers).map(([name, value]) => [
    name,
    typeof value === 'string' ? trim(value) : value?.map(trim),
  ]);
  return Object.fromEntries(trimmed) as Trailers;
}
