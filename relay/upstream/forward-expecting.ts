import { type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import { AccessError } from '../../shared/errors.ts';
import { waitForContinueMs } from '../way-back/continue-when-wanted.ts';
import type { AnswerSource, WayBack, WayBackFailure } from '../way-back/way-back.ts';
import { bodyGarbage } from '../way-back/body-garbage.ts';
import type { OpenConnection } from './connection-group.ts';
import { describeFailure } from './describe-failure.ts';
import type { ForwardedRequest } from './forward-request.ts';
import type { Upstream } from './upstream-pools.ts';

/** A request whose body waits for what the API says to its head. */
export type ExpectingRequest = ForwardedRequest & { readonly body: NonNullable<ForwardedRequest['body']> };

/**
 * Sends a request whose caller waits for 100 (Continue) with that expectation (RFC 9110 §10.1.1), on a connection of
 * its own: an API that refuses by the head alone is heard before the caller sends anything. undici knows no 100.
 */
export class ExpectingForwarding implements AnswerSource {
  readonly #way: WayBack;
  readonly #upstream: Upstream;
  readonly #open: OpenConnection;
  #request: ExpectingRequest | null = null;
  #out: ClientRequest | null = null;
  #answer: IncomingMessage | null = null;
  #continueTimer: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;
  #bodyBegun = false;
  #aborted = false;
  begun = false;

  constructor(way: WayBack, upstream: Upstream, open: OpenConnection) {
    this.#way = way;
    this.#upstream = upstream;
    this.#open = open;
  }

  start(request: ExpectingRequest): void {
    this.#request = request;
    this.#way.attach(this);
    if (this.#aborted) return;
    this.#timer = setTimeout(() => {
      if (this.#waitsForCaller(request)) this.#timer?.refresh();
      else this.#way.timeOut(new AccessError('upstream-timeout', `${this.#upstream.shown} did not answer in time.`));
    }, this.#upstream.timeoutMs);
    const out = startRequest({
      method: request.method,
      path: request.path,
      headers: headersOf(request, this.#upstream),
      maxHeaderSize: this.#upstream.maxAnswerHeaderBytes,
      createConnection: (_options, done) => {
        this.#open((error, socket) => {
          if (socket !== null) this.begun = true;
          if (socket === null) done(error ?? new Error('There is no connection.'), undefined as never);
          else done(null, socket);
          if (socket !== null) this.#continueTimer = setTimeout(() => this.#sendBody(), waitForContinueMs);
        });
        return undefined;
      },
    });
    this.#out = out;
    out.on('continue', () => this.#sendBody());
    out.on('information', ({ statusCode, rawHeaders }) => {
      if (statusCode === 100) return;
      this.#way.guard(() => this.#way.interim({ status: statusCode, raw: rawHeaders }));
    });
    out.once('response', (answer) => this.#onAnswer(answer));
    out.on('error', (error) => this.#onFailed(error));
    out.once('close', () => {
      // An answer has an end, or an error, of its own.
      if (this.#answer === null) this.#onFailed(new Error('it closed the connection'));
      this.#clearTimers();
      request.body.destroy();
    });
  }

  pause(): void {
    this.#answer?.pause();
  }

  resume(): void {
    this.#answer?.resume();
  }

  abort(): void {
    this.#aborted = true;
    this.#clearTimers();
    this.#request?.body.destroy();
    this.#out?.destroy();
  }

  #onAnswer(answer: IncomingMessage): void {
    this.#answer = answer;
    this.#clearTimers();
    const way = this.#way;
    const { statusCode = 0, statusMessage = '', rawHeaders } = answer;
    answer.on('data', (chunk: Buffer) => {
      bodyGarbage.passed(chunk.length);
      way.guard(() => way.data(chunk));
    });
    answer.once('end', () => {
      if (answer.complete) way.guard(() => way.whole(answer.trailers));
    });
    answer.on('error', (error) => this.#onFailed(error));
    way.guard(() => way.head({ status: statusCode, statusMessage: asUtf8(statusMessage), raw: rawHeaders }));
  }

  #onFailed(error: Error): void {
    this.#clearTimers();
    this.#request?.body.destroy();
    if (this.#aborted || this.#way.settled) return;
    this.#way.guard(() => this.#way.brokeOff(this.#describe(error)));
  }

  #describe(error: Error): WayBackFailure {
    const { code = '' } = error as NodeJS.ErrnoException;
    const { shown, maxAnswerHeaderBytes } = this.#upstream;
    if (code === 'HPE_HEADER_OVERFLOW') {
      const detail = `The API’s answer has a head of more than ${maxAnswerHeaderBytes} bytes (max_answer_header_bytes).`;
      return { code: 'upstream-protocol', status: 502, detail };
    }
    if (code.startsWith('HPE_')) {
      return {
        code: 'upstream-protocol',
        status: 502,
        detail: `${shown} sent an answer that isn’t valid HTTP (${code}).`,
      };
    }
    return describeFailure(error, this.#upstream, this.begun);
  }

  /** The API takes the body, or has had the time to say that it doesn't. */
  #sendBody(): void {
    const [request, out] = [this.#request, this.#out];
    if (this.#bodyBegun || request === null || out === null || this.#answer !== null || this.#aborted) return;
    this.#bodyBegun = true;
    if (this.#continueTimer !== null) clearTimeout(this.#continueTimer);
    const { body } = request;
    body.once('error', () => out.destroy());
    body.on('data', () => this.#timer?.refresh());
    body.pipe(out);
  }

  /** The upstream has taken all that there is of the body, and the rest hasn't come yet. */
  #waitsForCaller({ body }: ExpectingRequest): boolean {
    if (!this.#bodyBegun || body.readableEnded) return false;
    return body.readableLength === 0 && (this.#out?.writableLength ?? 0) === 0;
  }

  #clearTimers(): void {
    if (this.#continueTimer !== null) clearTimeout(this.#continueTimer);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#continueTimer = null;
    this.#timer = null;
  }
}

/** Node writes a head that goes out alone as UTF-8; one that has other bytes is sent without asking first. */
export function canExpect({ path, headers }: Pick<ForwardedRequest, 'path' | 'headers'>): boolean {
  return [path, ...headers].every((part) => /^[\0-\x7f]*$/.test(part));
}

function headersOf({ headers }: ExpectingRequest, { origin }: Upstream): string[] {
  const names = headers.filter((_part, index) => index % 2 === 0).map((name) => name.toLowerCase());
  return [
    ...(names.includes('host') ? [] : ['Host', new URL(origin).host]),
    ...headers,
    ...(names.includes('content-length') ? [] : ['Transfer-Encoding', 'chunked']),
    'Expect',
    '100-continue',
  ];
}

/** As the way back reads reason phrases. */
function asUtf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
