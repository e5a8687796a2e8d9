import { type Dispatcher, errors } from 'undici';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import type { Exchange } from '../exchange.ts';
import { bodyPassed } from './body-garbage.ts';
import type { LocalRewrite } from './local-rewrite.ts';
import { readResponseHeaders } from './response-headers.ts';
import type { Upstream } from './upstream-pools.ts';

/** What goes to the upstream; `headers` are names and values in turn. */
export interface ForwardedRequest {
  readonly path: string;
  readonly headers: string[];
  readonly hasBody: boolean;
  readonly rewrite: LocalRewrite;
}

/**
 * Sends a decided request to its upstream and streams the answer back, with backpressure both ways and without
 * buffering. No byte of the answer leaves before `release` is called: the decision's record must be durable.
 */
export class Forwarding implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #upstream: Upstream;
  #controller: Dispatcher.DispatchController | null = null;
  #rewrite: LocalRewrite | undefined;
  #released = false;
  #held: (() => void) | null = null;
  #headSent = false;
  /** The upstream has nothing more to say. */
  #complete = false;
  #failure: AccessError | null = null;

  constructor(exchange: Exchange, upstream: Upstream) {
    this.#exchange = exchange;
    this.#upstream = upstream;
  }

  start(forwarded: ForwardedRequest): void {
    const { request, response } = this.#exchange;
    this.#rewrite = forwarded.rewrite;
    if (forwarded.hasBody) this.#countBody();
    response?.once('close', this.#onResponseClosed);
    this.#upstream.pool.dispatch(
      {
        path: forwarded.path,
        method: this.#exchange.method as Dispatcher.HttpMethod,
        headers: forwarded.headers,
        body: forwarded.hasBody ? request : null,
      },
      this,
    );
  }

  /** The decision's record is durable: what was held goes out. */
  release(): void {
    this.#released = true;
    const held = this.#held;
    this.#held = null;
    held?.();
  }

  /** The record can't be written: nothing of the answer may go out. */
  refuse(failure: AccessError): void {
    this.#failure = failure;
    this.#held = null;
    this.#controller?.abort(failure);
    this.#answerFailure(failure.code, 503, failure.message);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== null) controller.abort(this.#failure);
    else if (this.#exchange.response?.destroyed === true) controller.abort(new Error('The caller is gone.'));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusMessage?: string,
  ): void {
    if (status < 200) return;
    // Read now: undici drops them when the answer is complete, which may be before the record is durable.
    const raw = (controller.rawHeaders ?? []) as (Buffer | string)[];
    if (this.#released) {
      this.#sendHead(controller, raw, status, statusMessage);
      return;
    }
    controller.pause();
    this.#whenReleased(() => {
      this.#sendHead(controller, raw, status, statusMessage);
      if (!this.#complete) controller.resume();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#exchange;
    this.#exchange.responseBytes += chunk.length;
    bodyPassed(chunk.length);
    if (response === null || response.destroyed) return;
    if (!response.write(chunk)) {
      controller.pause();
      response.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(
    _controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[] | undefined>,
  ): void {
    this.#complete = true;
    if (this.#released) this.#sendEnd(trailers);
    else this.#whenReleased(() => this.#sendEnd(trailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#complete = true;
    if (this.#released) this.#fail(error);
    else this.#whenReleased(() => this.#fail(error));
  }

  /** Queues what may only happen once the record is durable; `refuse` drops all of it. */
  #whenReleased(next: () => void): void {
    const before = this.#held;
    this.#held = () => {
      before?.();
      next();
    };
  }

  #sendEnd(trailers: Record<string, string | string[] | undefined>): void {
    const { response, request } = this.#exchange;
    if (this.#failure !== null || response === null || response.destroyed) return;
    for (const [name, value] of Object.entries(trailers)) {
      if (value !== undefined) response.addTrailers({ [name]: value });
    }
    // The rest of a body that the upstream did not want: the connection can't go on behind it.
    if (!request.complete) response.shouldKeepAlive = false;
    response.end(this.#onAnswered);
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return;
    const { response } = this.#exchange;
    if (response === null || response.destroyed) {
      this.#exchange.finish(
        this.#headSent ? 'aborted' : 'unknown',
        'The caller closed the connection before the answer was complete.',
      );
      return;
    }
    if (this.#headSent) {
      this.#exchange.finish('aborted', `The API broke off its answer: ${error.message}`);
      this.#exchange.socket.destroy();
      return;
    }
    const { code, status, detail } = describeFailure(error, this.#upstream.origin, this.#controller !== null);
    this.#answerFailure(code, status, detail);
  }

  #sendHead(
    controller: Dispatcher.DispatchController,
    raw: readonly (Buffer | string)[],
    status: number,
    statusMessage: string | undefined,
  ): void {
    const { response } = this.#exchange;
    if (response === null || response.destroyed) {
      controller.abort(new Error('The caller is gone.'));
      return;
    }
    this.#exchange.status = status;
    try {
      const headers = readResponseHeaders(raw, this.#rewrite);
      headers.push(...this.#exchange.answerHeaders);
      response.writeHead(status, statusMessage ?? '', headers);
      this.#headSent = true;
      // A head without a first byte of body goes out now; with one, both go together.
      queueMicrotask(this.#flushHead);
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'The API sent a header that HTTP does not allow.';
      this.#failure = new AccessError('upstream-protocol', detail, { cause: error });
      controller.abort(this.#failure);
      this.#answerFailure('upstream-protocol', 502, detail);
    }
  }

  #answerFailure(code: ErrorCode, status: number, detail: string): void {
    const exchange = this.#exchange;
    exchange.answer({ code, status, detail });
    const mayHaveActed = this.#controller !== null && code.startsWith('upstream-');
    exchange.finish(mayHaveActed ? 'unknown' : 'completed', detail);
  }

  #countBody(): void {
    const exchange = this.#exchange;
    const { maxBodyBytes = Infinity } = this.#upstream;
    exchange.request.on('data', (chunk: Buffer) => {
      exchange.requestBytes += chunk.length;
      bodyPassed(chunk.length);
      if (exchange.requestBytes <= maxBodyBytes || this.#failure !== null) return;
      this.#failure = new AccessError('body-too-large', `At most ${maxBodyBytes} bytes are allowed.`);
      this.#controller?.abort(this.#failure);
      this.#answerFailure('body-too-large', 413, this.#failure.message);
    });
    // Counting must not start the flow: the body waits until the upstream takes it.
    exchange.request.pause();
  }

  readonly #flushHead = (): void => {
    const { response, responseBytes } = this.#exchange;
    if (responseBytes === 0 && !this.#complete && response?.destroyed === false) response.flushHeaders();
  };

  readonly #onAnswered = (): void => {
    this.#exchange.finish('completed');
    this.#exchange.socket.markAnswered();
  };

  readonly #onResponseClosed = (): void => {
    const { response } = this.#exchange;
    if (response === null || response.writableFinished) return;
    this.#controller?.abort(new Error('The caller is gone.'));
    this.#exchange.finish(
      this.#headSent ? 'aborted' : 'unknown',
      'The caller closed the connection before the answer was complete.',
    );
  };
}

/** @param sent whether a connection was there and the request was begun on it */
function describeFailure(
  error: Error,
  origin: string,
  sent: boolean,
): { code: ErrorCode; status: number; detail: string } {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return { code: 'upstream-timeout', status: 504, detail: `${origin} did not answer in time.` };
  }
  if (
    error instanceof errors.HTTPParserError ||
    code === 'UND_ERR_HEADERS_OVERFLOW' ||
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
  ) {
    return {
      code: 'upstream-protocol',
      status: 502,
      detail: `${origin} sent an answer that isn’t valid HTTP (${code === '' ? error.message : code}).`,
    };
  }
  return {
    code: 'upstream-unreachable',
    status: 502,
    detail: sent
      ? `${origin} broke off the connection before it answered (${code === '' ? error.message : code}). It may have acted on the request.`
      : `${origin} can’t be reached (${code === '' ? error.message : code}).`,
  };
}
