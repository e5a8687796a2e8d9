/** Below what a relay bears of one tunnel (see shared/tunnel/flood-guard.ts), with all open streams reset at once. */
const burst = 900;
const perSecond = 800;

/**
 * How fast a crowd of local connections may cost the relay work for nothing: streams beyond its places, and streams that
 * are reset. A relay ends a tunnel that does more, with the connections of every other program.
 */
export class OpeningPace {
  readonly #now: () => number;
  #left = burst;
  #countedAtMs: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#countedAtMs = now();
  }

  /** Whether the relay bears one more. */
  get mayOpen(): boolean {
    const now = this.#now();
    this.#left = Math.min(burst, this.#left + ((now - this.#countedAtMs) * perSecond) / 1000);
    this.#countedAtMs = now;
    return this.#left >= 1;
  }

  didCost(): void {
    this.#left -= 1;
  }
}
