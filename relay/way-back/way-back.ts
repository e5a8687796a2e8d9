import type { AccessError, ErrorCode } from '../../shared/errors.ts';
import type { Exchange } from '../request/exchange/exchange.ts';
import { type InterimAnswer, passInterim } from './interim-answers.ts';
import type { LocalRewrite } from './local-rewrite.ts';
import { fitHeaders, readResponseHeaders, readResponseTrailers, saysClose } from './response-headers.ts';
import { type Ending, settleAnswer } from './settle-answer.ts';
import { readReasonPhrase } from './reason-phrase.ts';
import { leaveUnread } from '../request/exchange/unread-body.ts';

/** The upstream's side of an exchange, as far as the way back steers it. */
export interface AnswerSource {
  /** A connection is there and the request may be on it: the upstream may have acted. */
  readonly begun: boolean;
  pause(): void;
  resume(): void;
  /** Nothing more of the answer is wanted; harmless when it has ended. */
  abort(reason: Error): void;
}

/** The head of an answer as the upstream sent it: raw names and values in turn. */
export interface AnswerHead {
  readonly status: number;
  readonly statusMessage: string;
  readonly raw: readonly (Buffer | string)[];
}

/** Why there is no (whole) answer, for the caller. */
export interface WayBackFailure {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string;
}

export type Trailers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How the answer ended, while what came before it isn't out. */
type LastWord =
  | { readonly ending: 'whole'; readonly trailers: Trailers }
  | { readonly ending: 'broke-off' | 'timed-out' | 'failed'; readonly failure: WayBackFailure };

/** So much of an answer is kept while its head waits; what is more waits at the upstream. */
const maxKeptBytes = 65_536;
/** Answers before the answer are hints: what exceeds this is left out. */
const maxInterim = 16;

/**
 * The way back of one exchange: whatever the upstream's protocol says is fed in, and what the caller gets follows from
 * it. Held until `release` (the decision's record is durable); no byte of the answer leaves before. What arrives
 * together, a small answer as a whole, leaves together. How it ends is decided once, by `settleAnswer`.
 */
export class WayBack {
  readonly #exchange: Exchange;
  readonly #onFailed: (error: unknown) => void;
  readonly #rewrite: LocalRewrite;
  #source: AnswerSource | null = null;
  #released = false;
  #settled = false;
  #handedOver = false;
  #headSent = false;
  #interim: InterimAnswer[] = [];
  #interimSeen = 0;
  #head: AnswerHead | null = null;
  #headSeen = false;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #paused = false;
  /** The upstream's last word, while it is held or behind kept bytes. */
  #last: LastWord | null = null;

  /** @param onFailed told of a failure of the relay itself, which ends this exchange alone */
  constructor(exchange: Exchange, rewrite: LocalRewrite, onFailed: (error: unknown) => void) {
    this.#exchange = exchange;
    this.#rewrite = rewrite;
    this.#onFailed = onFailed;
    const { response, socket, http2 } = exchange;
    const onClosed = (): void => this.guard(() => this.#onCallerClosed());
    if (http2) response.once('close', onClosed);
    else {
      // Of pipelined answers Node tells only the one whose turn it is.
      socket.once('close', onClosed);
      response.once('close', () => {
        onClosed();
        socket.off('close', onClosed);
      });
    }
    // The caller may have left while the request was counted; behind the decision's record, which comes first.
    if (socket.destroyed || response.destroyed) queueMicrotask(onClosed);
  }

  get settled(): boolean {
    return this.#settled;
  }

  get headSeen(): boolean {
    return this.#headSeen;
  }

  /** An answer, or the beginning of one, has come; the request can't be repeated any more. */
  get answerBegun(): boolean {
    return this.#headSeen || this.#interimSeen > 0;
  }

  /** The request goes to this upstream from now on. */
  attach(source: AnswerSource): void {
    this.#source = source;
    if (this.#settled) source.abort(new Error('The exchange has ended.'));
  }

  /** Calls what may throw; then the exchange ends with an error of the relay, and nothing else does. */
  guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(error);
    }
  }

  interim(answer: InterimAnswer): void {
    this.#interimSeen += 1;
    if (this.#settled || this.#interimSeen > maxInterim) return;
    this.#interim.push(answer);
    if (this.#released) this.#sendInterim();
  }

  head(head: AnswerHead): void {
    if (this.#settled || this.#last !== null || this.#headSeen) return;
    this.#headSeen = true;
    this.#head = head;
    this.#exchange.watch?.answered(head.status);
    // Behind what else the upstream sent at once: head and first bytes go out together.
    if (this.#released) queueMicrotask(() => this.guard(this.#sendKept));
  }

  data(chunk: Buffer): void {
    if (this.#settled) return;
    this.#exchange.responseBytes += chunk.length;
    if (this.#headSent && this.#kept.length === 0) {
      if (!this.#exchange.response.write(chunk)) this.#waitForDrain();
      return;
    }
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes >= maxKeptBytes) this.#pause();
  }

  /** The answer's own framing says that it is complete. */
  whole(trailers: Trailers): void {
    this.#upstreamEnded({ ending: 'whole', trailers });
  }

  /** The upstream has ended, and the answer isn't whole. */
  brokeOff(failure: WayBackFailure): void {
    this.#upstreamEnded({ ending: 'broke-off', failure });
  }

  /** The decision's record is durable: what was kept goes out. */
  release(): void {
    this.#released = true;
    this.guard(this.#sendKept);
  }

  /** The request has had its time. */
  timeOut({ code, message }: AccessError): void {
    this.guard(() => this.#endByRelay('timed-out', { code, status: 504, detail: message }));
  }

  /** Nothing of the answer may go out (any more): the record can't be written, or the request is too large. */
  refuse(failure: WayBackFailure): void {
    if (this.#settled) return;
    this.#settle('refused', failure);
    this.#source?.abort(new Error(failure.detail));
  }

  /** The exchange goes on without the way back, as an upgraded connection; false when it has ended already. */
  handOver(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#handedOver = true;
    return true;
  }

  /** The relay itself failed: this exchange ends, is recorded and reported. */
  fail(error: unknown): void {
    this.#onFailed(error);
    this.#endByRelay('failed', { code: 'internal', status: 500, detail: 'The relay failed on this request.' });
  }

  #endByRelay(ending: 'timed-out' | 'failed', failure: WayBackFailure): void {
    if (this.#settled) return;
    if (this.#released) this.#settle(ending, failure);
    else if (this.#last === null || this.#last.ending === 'whole') this.#last = { ending, failure };
    this.#source?.abort(new Error(failure.detail));
  }

  #upstreamEnded(last: LastWord): void {
    if (this.#settled || this.#last !== null) return;
    this.#last = last;
    if (this.#released) this.#sendKept();
  }

  /** Sends what has come since the last time, once it may. */
  readonly #sendKept = (): void => {
    if (this.#settled || !this.#released) return;
    const last = this.#last;
    // An answer that broke off before anything of it left: the caller reads why instead of half of it.
    if (last !== null && last.ending !== 'whole') {
      this.#settle(last.ending, last.failure);
      return;
    }
    if (this.#interim.length > 0) this.#sendInterim();
    if (this.#head !== null && !this.#sendHead(this.#head)) return;
    const { response } = this.#exchange;
    const kept = this.#kept;
    const end = last === null ? undefined : kept.pop();
    if (kept.length > 0) {
      this.#kept = [];
      this.#keptBytes = 0;
      let free = true;
      for (const chunk of kept) free = response.write(chunk);
      if (last === null) {
        if (!free) this.#waitForDrain();
        else this.#resume();
      }
    } else if (this.#headSent && last === null) response.flushHeaders();
    if (last !== null) this.#sendEnd(last.trailers, end);
  };

  #sendInterim(): void {
    const { request, response } = this.#exchange;
    for (const interim of this.#interim.splice(0)) passInterim(interim, this.#rewrite, request, response);
  }

  /** Hands the head over, which leaves with what follows; false when there is nothing to go on with. */
  #sendHead({ raw, status, statusMessage }: AnswerHead): boolean {
    this.#head = null;
    const { response } = this.#exchange;
    try {
      const headers = fitHeaders(status, readResponseHeaders(raw, this.#rewrite));
      headers.push(...this.#exchange.answerHeaders);
      if (this.#endsConnection(raw)) {
        headers.push('Connection', 'close');
        response.shouldKeepAlive = false;
      }
      response.writeHead(status, readReasonPhrase(status, statusMessage), headers);
      this.#headSent = true;
      this.#exchange.status = status;
      return true;
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'The API sent a header that HTTP does not allow.';
      this.#settle('broke-off', { code: 'upstream-protocol', status: 502, detail });
      this.#source?.abort(new Error(detail));
      return false;
    }
  }

  /** Whether the caller is told to send nothing more on this connection of HTTP/1.1. */
  #endsConnection(raw: AnswerHead['raw']): boolean {
    const { http2, continueOwed, request } = this.#exchange;
    if (http2) return false;
    // The caller may keep its body or send it now: what follows on the connection can't be told (RFC 9110 §10.1.1).
    if (continueOwed) return true;
    // Programs stop sending at an API's word that it reads no more, and some go wrong without it (RFC 9112 §9.6).
    return !request.complete && saysClose(raw);
  }

  #sendEnd(trailers: Trailers, last: Buffer | undefined): void {
    if (!this.#headSent) return;
    const exchange = this.#exchange;
    const { response } = exchange;
    const onAnswered = (): void =>
      this.guard(() => {
        exchange.finish(settleAnswer('whole', { headSent: true, begun: true }).outcome);
        exchange.markAnswered();
      });
    response.addTrailers(readResponseTrailers(trailers));
    if (last === undefined) response.end(onAnswered);
    else response.end(last, onAnswered);
    this.#settled = true;
    // What is left of the body is read away: the API must not take what it has of it for the whole.
    if (!exchange.request.complete) this.#source?.abort(new Error('The answer came before the body’s end.'));
    leaveUnread(exchange);
  }

  #settle(ending: Ending, failure: WayBackFailure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#kept = [];
    const exchange = this.#exchange;
    const { caller, outcome } = settleAnswer(ending, { headSent: this.#headSent, begun: this.#source?.begun === true });
    try {
      if (caller === 'problem') exchange.answer(failure);
    } catch (error) {
      this.#onFailed(error);
      exchange.cut(failure.detail);
    }
    exchange.finish(outcome, failure.detail);
    if (caller === 'cut') exchange.cut(failure.detail);
  }

  #onCallerClosed(): void {
    if (this.#handedOver) return;
    if (this.#settled) {
      if (!this.#exchange.response.writableFinished) this.#callerLeft();
      return;
    }
    this.#settled = true;
    this.#kept = [];
    this.#source?.abort(new Error('The caller is gone.'));
    this.#callerLeft();
  }

  #callerLeft(): void {
    const { outcome } = settleAnswer('caller-gone', { headSent: this.#headSent, begun: this.#source?.begun === true });
    const fault = this.#exchange.request.fault ?? null;
    const detail =
      fault === null
        ? 'The caller closed the connection before the answer was complete.'
        : `The request is malformed: ${fault} (RFC 9113 §8.2.1).`;
    this.#exchange.finish(outcome, detail);
  }

  #waitForDrain(): void {
    this.#pause();
    this.#exchange.response.once('drain', () => this.guard(() => this.#resume()));
  }

  #pause(): void {
    if (this.#paused || this.#last !== null) return;
    this.#paused = true;
    this.#source?.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#last === null && !this.#settled) this.#source?.resume();
  }
}
