import { type Dispatcher, errors } from 'undici';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import type { Exchange } from '../exchange.ts';
import { bodyGarbage } from './body-garbage.ts';
import { type InterimAnswer, passInterim } from './interim-answers.ts';
import type { LocalRewrite } from './local-rewrite.ts';
import { readResponseHeaders, readResponseTrailers } from './response-headers.ts';
import type { Upstream } from './upstream-pools.ts';

/** What goes to the upstream; `headers` are names and values in turn. */
export interface ForwardedRequest {
  readonly path: string;
  readonly headers: string[];
  readonly hasBody: boolean;
  readonly rewrite: LocalRewrite;
}

/** So much of an answer is kept while its head waits; what is more waits at the upstream. */
const maxKeptBytes = 65_536;
const maxInterim = 16;

/** The head of an answer as the upstream sent it. */
interface UpstreamHead {
  readonly raw: readonly (Buffer | string)[];
  readonly status: number;
  readonly statusMessage: string;
}

/**
 * Sends a decided request to its upstream and streams the answer back, with backpressure both ways. No byte of the
 * answer leaves before `release` is called: the decision's record must be durable. What arrives together, a small
 * answer as a whole, leaves together.
 */
export class Forwarding implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #upstream: Upstream;
  #controller: Dispatcher.DispatchController | null = null;
  #rewrite: LocalRewrite | undefined;
  #released = false;
  /** What has come of the answer and has not left. */
  #interim: InterimAnswer[] = [];
  #head: UpstreamHead | null = null;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #trailers: Record<string, string | string[] | undefined> = {};
  #error: Error | null = null;
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

  /** The decision's record is durable: what was kept goes out. */
  release(): void {
    this.#released = true;
    if (this.#failure === null) this.#sendKept();
    else this.#answerFailure(this.#failure.code, 504, this.#failure.message);
  }

  /** The request has had its time: answers 504, or cuts an answer off so that it can't be taken for a whole one. */
  timeOut(failure: AccessError): void {
    if (this.#headSent) this.#exchange.revoke(failure.message);
    else if (this.#failure === null) {
      this.#failure = failure;
      this.#controller?.abort(failure);
      if (this.#released) this.#answerFailure(failure.code, 504, failure.message);
    }
  }

  /** The record can't be written: nothing of the answer may go out. */
  refuse(failure: AccessError): void {
    this.#failure = failure;
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
    statusMessage = '',
  ): void {
    if (status < 200) {
      if (this.#interim.length < maxInterim)
        this.#interim.push({ status, raw: (controller.rawHeaders ?? []) as (Buffer | string)[] });
      if (this.#released) this.#sendInterim();
      return;
    }
    // Read now: undici drops them when the answer is complete, which may be before the record is durable.
    this.#head = { raw: (controller.rawHeaders ?? []) as (Buffer | string)[], status, statusMessage };
    // Behind what else the upstream sent at once: head and first bytes go out together.
    if (this.#released) queueMicrotask(this.#sendKept);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#exchange.responseBytes += chunk.length;
    bodyGarbage.passed(chunk.length);
    if (this.#headSent) {
      this.#write(controller, chunk);
      return;
    }
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes >= maxKeptBytes) controller.pause();
  }

  onResponseEnd(
    _controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[] | undefined>,
  ): void {
    this.#complete = true;
    this.#trailers = trailers;
    if (this.#released) this.#sendKept();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#complete = true;
    this.#error = error;
    if (this.#released) this.#sendKept();
  }

  /** Sends what has come since the last time, once it may. */
  readonly #sendKept = (): void => {
    if (this.#failure !== null) return;
    const { response } = this.#exchange;
    const controller = this.#controller;
    if (this.#interim.length > 0) this.#sendInterim();
    if (this.#head !== null && controller !== null && !this.#sendHead(controller, this.#head)) return;
    const kept = this.#kept;
    const whole = this.#complete && this.#error === null;
    const last = whole ? kept.pop() : undefined;
    if (kept.length > 0) {
      const paused = this.#keptBytes >= maxKeptBytes;
      this.#kept = [];
      this.#keptBytes = 0;
      let free = true;
      for (const chunk of kept) if (response?.destroyed === false) free = response.write(chunk);
      if (controller !== null && !this.#complete) {
        if (!free) this.#waitForDrain(controller);
        else if (paused) controller.resume();
      }
    } else if (this.#headSent && !this.#complete && response?.destroyed === false) response.flushHeaders();
    if (this.#error !== null) this.#fail(this.#error);
    else if (whole) this.#sendEnd(last);
  };

  #sendInterim(): void {
    const { request, response } = this.#exchange;
    for (const interim of this.#interim.splice(0)) if (response !== null) passInterim(interim, request, response);
  }

  #write(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#exchange;
    if (response === null || response.destroyed) return;
    if (!response.write(chunk)) this.#waitForDrain(controller);
  }

  #waitForDrain(controller: Dispatcher.DispatchController): void {
    controller.pause();
    this.#exchange.response?.once('drain', () => controller.resume());
  }

  #sendEnd(last: Buffer | undefined): void {
    const { response, request } = this.#exchange;
    if (response === null || response.destroyed) return;
    response.addTrailers(readResponseTrailers(this.#trailers));
    // The rest of a body that the upstream did not want: the connection can't go on behind it.
    if (!request.complete) response.shouldKeepAlive = false;
    if (last === undefined) response.end(this.#onAnswered);
    else response.end(last, this.#onAnswered);
  }

  #fail(error: Error): void {
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

  /** Hands the head over, which leaves with what follows; false when there is nothing to go on with. */
  #sendHead(controller: Dispatcher.DispatchController, { raw, status, statusMessage }: UpstreamHead): boolean {
    const { response } = this.#exchange;
    this.#head = null;
    if (response === null || response.destroyed) {
      controller.abort(new Error('The caller is gone.'));
      return false;
    }
    this.#exchange.status = status;
    try {
      const headers = readResponseHeaders(raw, this.#rewrite);
      headers.push(...this.#exchange.answerHeaders);
      response.writeHead(status, statusMessage, headers);
      this.#headSent = true;
      return true;
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'The API sent a header that HTTP does not allow.';
      this.#failure = new AccessError('upstream-protocol', detail, { cause: error });
      controller.abort(this.#failure);
      this.#answerFailure('upstream-protocol', 502, detail);
      return false;
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
      bodyGarbage.passed(chunk.length);
      if (exchange.requestBytes <= maxBodyBytes || this.#failure !== null) return;
      this.#failure = new AccessError('body-too-large', `At most ${maxBodyBytes} bytes are allowed.`);
      this.#controller?.abort(this.#failure);
      this.#answerFailure('body-too-large', 413, this.#failure.message);
    });
    // Counting must not start the flow: the body waits until the upstream takes it.
    exchange.request.pause();
  }

  readonly #onAnswered = (): void => {
    this.#exchange.finish('completed');
    this.#exchange.markAnswered();
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
