/** When to ping and when to give a link up. Times in milliseconds. */
export interface LivenessOptions {
  /** Silence after which a PING is due. */
  readonly pingAfterMs: number;
  /** How long an answer may take after a PING. */
  readonly deadAfterMs: number;
}

/**
 * Finds half-open links in bounded time: after `pingAfterMs` of silence a PING is due, and without any byte within
 * `deadAfterMs` of it the link counts as dead. Pure: the clock is an argument.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  #heardAtMs: number;
  #pingedAtMs: number | null = null;

  constructor(options: LivenessOptions, nowMs: number) {
    this.#options = options;
    this.#heardAtMs = nowMs;
  }

  /** Anything arrived. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#pingedAtMs = null;
  }

  /** Asks for a PING with the next `check`, whatever was heard before: after sleep or a network change. */
  doubt(nowMs: number): void {
    if (this.#pingedAtMs === null) this.#heardAtMs = nowMs - this.#options.pingAfterMs;
  }

  check(nowMs: number): 'alive' | 'ping' | 'dead' {
    if (this.#pingedAtMs !== null) {
      return nowMs - this.#pingedAtMs >= this.#options.deadAfterMs ? 'dead' : 'alive';
    }
    if (nowMs - this.#heardAtMs < this.#options.pingAfterMs) return 'alive';
    this.#pingedAtMs = nowMs;
    return 'ping';
  }
}
