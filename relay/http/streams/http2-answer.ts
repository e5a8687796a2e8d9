import { validateHeaderName, validateHeaderValue } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { AnswerSink } from '../../request/exchange/exchange.ts';

/** Above it there is none (RFC 9110 §15), and Node sends none in HTTP/2. */
const highestStatus = 599;

/** The answer to an HTTP/2 caller: head, body and trailers become frames, and an answer that is a head alone one frame. */
export class Http2Answer implements AnswerSink {
  readonly #stream: ServerHttp2Stream;
  readonly #onBlocked: (stream: ServerHttp2Stream) => void;
  #head: string[] | null = null;
  #trailers: Record<string, string | string[]> = {};
  #waitsForTrailers = false;
  #stopsBody = false;

  /** @param onBlocked told when the stream has more to write than its caller takes */
  constructor(stream: ServerHttp2Stream, onBlocked: (stream: ServerHttp2Stream) => void) {
    this.#stream = stream;
    this.#onBlocked = onBlocked;
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  /** Node may close a stream both sides of which have ended, all bytes sent, without saying that it is finished. */
  get writableFinished(): boolean {
    const stream = this.#stream;
    if (stream.writableFinished) return true;
    if (!stream.closed || stream.rstCode !== constants.NGHTTP2_NO_ERROR || !stream.writableEnded) return false;
    return stream.writableLength === 0 && (!this.#waitsForTrailers || stream.sentTrailers !== undefined);
  }

  /**
   * HTTP/2 has no status message (RFC 9113 §8.3.2). The head leaves with what follows it.
   * @throws when the status, or a header's name or value, isn't allowed; another head may follow then
   */
  writeHead(status: number, _statusMessage: string, headers: readonly string[]): void {
    if (status > highestStatus)
      throw new Error(`The API’s answer has the status ${status}; HTTP knows none above 599.`);
    const head = [':status', String(status)];
    for (let index = 0; index < headers.length; index += 2) {
      const name = (headers[index] ?? '').toLowerCase();
      const value = headers[index + 1] ?? '';
      // Node sends its head alone (RFC 9110 §15.3.6): a length would promise what doesn't come.
      if (status === constants.HTTP_STATUS_RESET_CONTENT && name === 'content-length') continue;
      validateHeaderName(name);
      validateHeaderValue(name, value);
      head.push(name, value);
    }
    this.#head = head;
  }

  writeContinue(): void {
    this.#inform(constants.HTTP_STATUS_CONTINUE);
  }

  writeInterim(status: number, headers: readonly string[]): void {
    // Any name may come, `__proto__` too.
    const named = Object.create(null) as Record<string, string[]>;
    for (let index = 0; index < headers.length; index += 2) {
      const name = (headers[index] ?? '').toLowerCase();
      const value = headers[index + 1] ?? '';
      validateHeaderName(name);
      validateHeaderValue(name, value);
      (named[name] ??= []).push(value);
    }
    this.#inform(status, named);
  }

  flushHeaders(): void {
    this.#respond({ endStream: false, waitForTrailers: true });
  }

  write(chunk: Buffer): boolean {
    this.#respond({ endStream: false, waitForTrailers: true });
    const stream = this.#stream;
    // An answer to HEAD, a 204 and a 304 have no body; their stream has ended with the head.
    if (stream.writableEnded || this.destroyed) return true;
    const goesOn = stream.write(chunk);
    if (!goesOn) this.#onBlocked(stream);
    return goesOn;
  }

  addTrailers(trailers: Record<string, string | string[]>): void {
    this.#trailers = trailers;
  }

  end(callback?: () => void): void;
  end(body: string | Buffer, callback?: () => void): void;
  end(body?: string | Buffer | (() => void), callback?: () => void): void {
    const last = typeof body === 'function' ? undefined : body;
    const onAnswered = typeof body === 'function' ? body : callback;
    const stream = this.#stream;
    if (this.destroyed) return;
    if (onAnswered !== undefined) {
      if (stream.writableFinished) onAnswered();
      else {
        stream.once('finish', onAnswered);
        stream.once('close', () => {
          if (this.writableFinished) onAnswered();
        });
      }
    }
    const noTrailers = Object.keys(this.#trailers).length === 0;
    this.#respond({ endStream: noTrailers && last === undefined, waitForTrailers: !noTrailers });
    if (stream.writableEnded) return;
    if (last === undefined) stream.end();
    else stream.end(last);
    if (stream.writableLength > 0) this.#onBlocked(stream);
  }

  once(event: 'close' | 'drain', listener: () => void): void {
    this.#stream.once(event, listener);
  }

  destroy(error?: Error): void {
    this.#stream.destroy(error ?? new Error('The answer was cut off.'));
  }

  stopBody(): void {
    this.#stopsBody = true;
    // Trailers are still to be sent; a reset before them would cut the answer off.
    if (!this.#waitsForTrailers) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #inform(status: number, headers: Readonly<Record<string, string[]>> = {}): void {
    if (!this.destroyed && !this.headersSent) this.#stream.additionalHeaders({ ...headers, ':status': status });
  }

  #respond(options: { readonly endStream: boolean; readonly waitForTrailers: boolean }): void {
    const head = this.#head;
    const stream = this.#stream;
    if (head === null || this.destroyed) return;
    this.#head = null;
    if (options.waitForTrailers) {
      this.#waitsForTrailers = true;
      stream.once('wantTrailers', () => {
        if (stream.destroyed || stream.closed) return;
        stream.sendTrailers(this.#trailers);
        // Node sends them in a turn of their own.
        setImmediate(() => {
          this.#waitsForTrailers = false;
          if (this.#stopsBody) setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
        });
      });
    }
    stream.respond(head, options);
  }
}
