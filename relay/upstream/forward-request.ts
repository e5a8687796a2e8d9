import type { Dispatcher } from 'undici';
import type { RequestBody } from '../way-back/request-body.ts';
import { Http1Source } from './http1-source.ts';
import { wasLostWhenIdle } from './lost-when-idle.ts';

/** What goes to the upstream; `headers` are names and values in turn. */
export interface ForwardedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: RequestBody | null;
}

/** Methods that may be sent again when a connection breaks before any answer (RFC 9110 §9.2.1, §9.2.2). */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
/** So many connections may have been closed at the same moment by an upstream that restarts. */
const maxRepeats = 5;

/** Whether the upstream may see this request twice. */
export function isRepeatable({ method, body }: ForwardedRequest): boolean {
  return body === null && safeMethods.has(method);
}

/**
 * Sends a decided request to its upstream in HTTP/1.1. A safe request whose reused connection turns out to be closed is
 * sent over another one, until it meets a fresh one.
 */
export class Forwarding extends Http1Source {
  #request: ForwardedRequest | null = null;
  #repeats = 0;

  start(request: ForwardedRequest): void {
    this.#request = request;
    this.way.attach(this);
    if (!this.ended) this.#dispatch(request);
  }

  override abort(reason: Error): void {
    super.abort(reason);
    this.#request?.body?.destroy();
  }

  protected override sendAgain(error: Error): boolean {
    const request = this.#request;
    if (request === null || this.#repeats >= maxRepeats || this.way.answerBegun || this.way.settled) return false;
    if (!isRepeatable(request) || !wasLostWhenIdle(error)) return false;
    this.#repeats += 1;
    this.#dispatch(request);
    return true;
  }

  #dispatch({ path, method, headers, body }: ForwardedRequest): void {
    this.upstream.pool.dispatch({ path, method: method as Dispatcher.HttpMethod, headers, body }, this);
  }
}
