import { Readable } from 'node:stream';
import { isBroken } from '../request/exchange/connection-order.ts';
import { bodyGarbage } from './body-garbage.ts';
import type { Exchange } from '../request/exchange/exchange.ts';

export interface RequestBodyOptions {
  readonly maxBytes: number;
  /** The upstream is ready for the body's first byte. */
  readonly onWanted: () => void;
  readonly onTooLarge: () => void;
}

/**
 * The body of a request on its way to the upstream: counted, bounded, and read from the caller only as the upstream
 * takes it. Ending it leaves the caller's own stream, and with it the connection, as it is.
 */
export class RequestBody extends Readable {
  readonly #exchange: Exchange;
  readonly #options: RequestBodyOptions;
  /** Bytes that Content-Length announces in HTTP/2, where the body’s end is said apart from it; else none. */
  readonly #announcedBytes: number;
  #wanted = false;
  #last: Buffer | null = null;

  constructor(exchange: Exchange, options: RequestBodyOptions) {
    super({ highWaterMark: 65_536 });
    this.#exchange = exchange;
    this.#options = options;
    this.#announcedBytes = exchange.http2 ? announcedBytes(exchange.request.rawHeaders) : NaN;
  }

  override _read(): void {
    const { request } = this.#exchange;
    if (!this.#wanted) {
      this.#wanted = true;
      request.on('data', this.#onData);
      request.once('end', this.#onEnd);
      request.once('close', this.#onClose);
      // One that has been read to its end already says so no more.
      if (request.readableEnded) this.#onEnd();
      else if (request.destroyed) this.#onClose();
      this.#options.onWanted();
    }
    request.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { request } = this.#exchange;
    request.off('data', this.#onData);
    request.off('end', this.#onEnd);
    request.off('close', this.#onClose);
    // Unless what is left of it is being read away.
    if (request.listenerCount('data') === 0) request.pause();
    done(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#exchange.requestBytes += chunk.length;
    bodyGarbage.passed(chunk.length);
    if (this.#exchange.requestBytes > this.#options.maxBytes) this.#options.onTooLarge();
    // More may follow than was announced: the request would be whole for the API before it turns out to be malformed.
    else if (this.#exchange.requestBytes === this.#announcedBytes) this.#last = chunk;
    else if (!this.destroyed && !this.push(chunk)) this.#exchange.request.pause();
  };

  readonly #onEnd = (): void => {
    // Node ends the body of a stream that is closed for malformed trailers, too; it isn’t whole.
    if (isBroken(this.#exchange.request)) {
      this.destroy(new Error('The caller’s body is malformed.'));
      return;
    }
    if (this.#last !== null) this.push(this.#last);
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (!this.#exchange.request.readableEnded) this.destroy(new Error('The caller broke the body off.'));
  };
}

function announcedBytes(rawHeaders: readonly string[]): number {
  const at = rawHeaders.findIndex((part, index) => index % 2 === 0 && part === 'content-length');
  return at < 0 ? NaN : Number(rawHeaders[at + 1]);
}
