import type { Dispatcher } from 'undici';
import { AccessError } from '../../shared/errors.ts';
import type { AnswerSource, WayBack } from '../way-back/way-back.ts';
import { bodyGarbage } from '../way-back/body-garbage.ts';
import { describeFailure } from './describe-failure.ts';
import type { Upstream } from './upstream-pools.ts';

/** Feeds the way back of an exchange with what an upstream of HTTP/1.1 answers, as undici gives it. */
export class Http1Source implements Dispatcher.DispatchHandler, AnswerSource {
  protected readonly way: WayBack;
  protected readonly upstream: Upstream;
  #controller: Dispatcher.DispatchController | null = null;
  #aborted: Error | null = null;
  #interimTimer: NodeJS.Timeout | null = null;

  constructor(way: WayBack, upstream: Upstream) {
    this.way = way;
    this.upstream = upstream;
  }

  get begun(): boolean {
    return this.#controller !== null;
  }

  get ended(): boolean {
    return this.#aborted !== null;
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
    this.way.guard(() => {
      // Read now: undici drops them when the answer is complete, which may be before the record is durable.
      const raw = (controller.rawHeaders ?? []) as (Buffer | string)[];
      if (status < 200) {
        // Each of them starts undici's own time anew.
        this.#interimTimer ??= setTimeout(() => this.way.timeOut(this.#tooLate()), this.upstream.timeoutMs);
        this.way.interim({ status, raw });
      } else {
        this.#clearTimer();
        this.way.head({ status, statusMessage, raw });
      }
    });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    bodyGarbage.passed(chunk.length);
    this.way.guard(() => this.way.data(chunk));
  }

  onResponseEnd(
    _controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[] | undefined>,
  ): void {
    this.way.guard(() => this.way.whole(trailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#clearTimer();
    // Ended by the way back, which has said what there is to say.
    if (this.ended) return;
    this.way.guard(() => {
      if (!this.sendAgain(error)) this.way.brokeOff(describeFailure(error, this.upstream, this.begun));
    });
  }

  /** Whether the request goes out once more in place of failing. */
  protected sendAgain(_error: Error): boolean {
    return false;
  }

  #tooLate(): AccessError {
    return new AccessError('upstream-timeout', `${this.upstream.shown} did not answer in time.`);
  }

  #clearTimer(): void {
    if (this.#interimTimer !== null) clearTimeout(this.#interimTimer);
    this.#interimTimer = null;
  }
}
