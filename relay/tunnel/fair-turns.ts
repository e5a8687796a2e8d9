/** So much new work is begun in one turn of the event loop: a few milliseconds of it. */
const perTurn = 4;

/**
 * Spreads work that comes in crowds over turns of the event loop, so that what is under way elsewhere gets its turns in
 * between. Whoever has work waiting has one piece after the other begun, each in its order, in turn with the others.
 */
export class FairTurns<Owner> {
  readonly #nextTurn: (callback: () => void) => void;
  readonly #waiting = new Map<Owner, (() => void)[]>();
  #left = perTurn;
  #scheduled = false;

  /** @param nextTurn calls back once, in the next turn (`setImmediate`) */
  constructor(nextTurn: (callback: () => void) => void) {
    this.#nextTurn = nextTurn;
  }

  /** Runs `work` at once if nothing waits and this turn has room, else in a later one. */
  begin(owner: Owner, work: () => void): void {
    this.#schedule();
    if (this.#left > 0 && this.#waiting.size === 0) {
      this.#left -= 1;
      work();
      return;
    }
    const waiting = this.#waiting.get(owner);
    if (waiting === undefined) this.#waiting.set(owner, [work]);
    else waiting.push(work);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#nextTurn(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#scheduled = false;
    this.#left = perTurn;
    while (this.#left > 0) {
      const next = this.#waiting.entries().next();
      if (next.done === true) return;
      const [owner, waiting] = next.value;
      const work = waiting.shift();
      this.#waiting.delete(owner);
      if (waiting.length > 0) this.#waiting.set(owner, waiting);
      this.#left -= 1;
      this.#schedule();
      work?.();
    }
  };
}
