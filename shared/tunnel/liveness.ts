/** When to ping and when to give a link up. Times in milliseconds. */
export interface LivenessOptions {
  /** Silence after which a PING is due. */
  readonly pingAfterMs: number;
  /** How long an answer may take after a PING. */
  readonly deadAfterMs: number;
  /** The same for the PING that follows a `doubt`; `deadAfterMs` when left out. */
  readonly deadAfterDoubtMs?: number;
}

/**
 * Finds half-open links in bounded time: after `pingAfterMs` of silence a PING is due, and without any byte within
 * `deadAfterMs` of it the link counts as dead. Pure: the clock is an argument.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  #heardAtMs: number;
  #pingedAtMs: number | null = null;
  #doubted = false;

  constructor(options: LivenessOptions, nowMs: number) {
    this.#options = options;
    this.#heardAtMs = nowMs;
  }

  /** Anything arrived. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#pingedAtMs = null;
    this.#doubted = false;
  }

  /** Asks for a PING with the next `check`, whatever was heard before: after sleep or a network change. */
  doubt(nowMs: number): void {
    if (this.#pingedAtMs !== null) return;
    this.#heardAtMs = nowMs - this.#options.pingAfterMs;
    this.#doubted = true;
  }

  /** @param pingAfterMs less than the usual where somebody waits */
  check(nowMs: number, pingAfterMs = this.#options.pingAfterMs): 'alive' | 'ping' | 'dead' {
    if (this.#pingedAtMs !== null) {
      const { deadAfterMs, deadAfterDoubtMs = deadAfterMs } = this.#options;
      return nowMs - this.#pingedAtMs >= (this.#doubted ? deadAfterDoubtMs : deadAfterMs) ? 'dead' : 'alive';
    }
    if (nowMs - this.#heardAtMs < Math.min(pingAfterMs, this.#options.pingAfterMs)) return 'alive';
    this.#pingedAtMs = nowMs;
    return 'ping';
  }
}
