import type { Decision } from '../policy/decision.ts';
import type { RequestEnd, RequestWatch, WatchedRequest } from '../watch/request-watch.ts';

const maxTextLength = 500;

/** Takes down what happens to one request, step by step, without headers, bodies and queries. */
export class DebuggedRequest implements RequestWatch {
  readonly #request: WatchedRequest;
  readonly #write: (line: object) => void;
  readonly #beganAtMs = performance.now();
  readonly #steps: string[] = [];

  constructor(request: WatchedRequest, write: (line: object) => void) {
    this.#request = request;
    this.#write = write;
  }

  passedGates(refusedBy: string | null, code: string | null): void {
    this.#step(refusedBy === null ? 'gates: all let it pass' : `gates: “${refusedBy}” refused it with ${code}`);
  }

  decided({ effect, rule, reason }: Decision): void {
    this.#step(`policy: ${effect} by ${rule === null ? 'no rule' : `“${rule}”`}: ${reason}`);
  }

  counted(code: string | null): void {
    this.#step(code === null ? 'limits: within' : `limits: refused with ${code}`);
  }

  recorded(error: Error | null): void {
    this.#step(error === null ? 'record: durable' : `record: ${error.message}`);
  }

  sent(): void {
    this.#step('API: asked');
  }

  answered(status: number): void {
    this.#step(`API: answered ${status}`);
  }

  ended({ outcome, status, code, detail, requestBytes, responseBytes }: RequestEnd): void {
    const { requestId, caller, api, method, path } = this.#request;
    this.#step(`end: ${outcome}${code === undefined ? '' : ` with ${code}`}${detail === null ? '' : `: ${detail}`}`);
    this.#write({
      requestId,
      user: caller.username,
      sessionId: caller.sessionId,
      remoteAddress: caller.remoteAddress,
      api: api.slice(0, maxTextLength),
      method: method.slice(0, maxTextLength),
      path: path.slice(0, maxTextLength),
      status,
      requestBytes,
      responseBytes,
      steps: this.#steps,
    });
  }

  #step(words: string): void {
    const afterMs = (performance.now() - this.#beganAtMs).toFixed(1);
    this.#steps.push(`${afterMs} ms ${words}`.slice(0, maxTextLength));
  }
}
