import { type Dispatcher, errors } from 'undici';
import { AccessError } from '../../shared/errors.ts';
import type { RequestBody } from '../way-back/request-body.ts';
import type { AnswerSource, WayBack, WayBackFailure } from '../way-back/way-back.ts';
import { bodyGarbage } from './body-garbage.ts';
import { wasReused } from './connect-upstream.ts';
import { connectionFailure } from './connection-failure.ts';
import type { Upstream } from './upstream-pools.ts';

/** What goes to the upstream; `headers` are names and values in turn. */
export interface ForwardedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: RequestBody | null;
}

/** Methods that may be sent again when a connection breaks before any answer (RFC 9110 §9.2.1, §9.2.2). */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether the upstream may see this request twice. */
export function isRepeatable({ method, body }: ForwardedRequest): boolean {
  return body === null && safeMethods.has(method);
}

/**
 * Sends a decided request to its upstream in HTTP/1.1 and feeds the way back with what comes. A safe request whose
 * reused connection turns out to be closed is sent once more, on another one.
 */
export class Forwarding implements Dispatcher.DispatchHandler, AnswerSource {
  readonly #way: WayBack;
  readonly #upstream: Upstream;
  #request: ForwardedRequest | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #aborted: Error | null = null;
  #repeats = 0;
  #interimTimer: NodeJS.Timeout | null = null;

  constructor(way: WayBack, upstream: Upstream) {
    this.#way = way;
    this.#upstream = upstream;
  }

  start(request: ForwardedRequest): void {
    this.#request = request;
    this.#way.attach(this);
    if (this.#aborted === null) this.#dispatch(request);
  }

  get begun(): boolean {
    return this.#controller !== null;
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(reason: Error): void {
    this.#aborted ??= reason;
    this.#clearTimer();
    this.#controller?.abort(reason);
    this.#request?.body?.destroy();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted !== null) controller.abort(this.#aborted);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusMessage = '',
  ): void {
    this.#way.guard(() => {
      // Read now: undici drops them when the answer is complete, which may be before the record is durable.
      const raw = (controller.rawHeaders ?? []) as (Buffer | string)[];
      if (status < 200) {
        // Each of them starts undici's own time anew.
        this.#interimTimer ??= setTimeout(() => this.#way.timeOut(this.#tooLate()), this.#upstream.timeoutMs);
        this.#way.interim({ status, raw });
      } else {
        this.#clearTimer();
        this.#way.head({ status, statusMessage, raw });
      }
    });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    bodyGarbage.passed(chunk.length);
    this.#way.guard(() => this.#way.data(chunk));
  }

  onResponseEnd(
    _controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[] | undefined>,
  ): void {
    this.#way.guard(() => this.#way.whole(trailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#clearTimer();
    // Ended by the way back, which has said what there is to say.
    if (this.#aborted !== null) return;
    const request = this.#request;
    if (request !== null && this.#mayRepeat(request, error)) {
      this.#repeats += 1;
      this.#way.guard(() => this.#dispatch(request));
      return;
    }
    this.#way.guard(() => this.#way.brokeOff(describeFailure(error, this.#upstream, this.#controller !== null)));
  }

  #dispatch({ path, method, headers, body }: ForwardedRequest): void {
    // undici keeps the array; a request that is sent again needs it as it was.
    const sent = this.#repeats > 0 ? [...headers] : headers;
    this.#upstream.pool.dispatch({ path, method: method as Dispatcher.HttpMethod, headers: sent, body }, this);
  }

  #mayRepeat(request: ForwardedRequest, error: Error): boolean {
    return (
      this.#repeats < maxRepeats &&
      !this.#way.answerBegun &&
      !this.#way.settled &&
      isRepeatable(request) &&
      wasReused(error)
    );
  }

  #tooLate(): AccessError {
    return new AccessError('upstream-timeout', `${this.#upstream.shown} did not answer in time.`);
  }

  #clearTimer(): void {
    if (this.#interimTimer !== null) clearTimeout(this.#interimTimer);
    this.#interimTimer = null;
  }
}

/** So many connections may have been closed at the same moment by an upstream that restarts. */
const maxRepeats = 5;

/** @param sent whether a connection was there and the request was begun on it */
export function describeFailure(
  error: Error,
  { shown: origin, maxAnswerHeaderBytes }: Pick<Upstream, 'shown' | 'maxAnswerHeaderBytes'>,
  sent: boolean,
): WayBackFailure {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return { code: 'upstream-timeout', status: 504, detail: `${origin} did not answer in time.` };
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    const detail = `The API’s answer has a head of more than ${maxAnswerHeaderBytes} bytes (max_answer_header_bytes).`;
    return { code: 'upstream-protocol', status: 502, detail };
  }
  if (error instanceof errors.HTTPParserError || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
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
      ? `${origin} broke off the connection before its answer was complete (${code === '' ? error.message : code}). It may have acted on the request.`
      : `${origin} can’t be reached (${connectionFailure(error)}).`,
  };
}
