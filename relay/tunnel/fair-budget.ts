/**
 * A bound that all tunnels share. Its first half is there for whoever comes; once that is used, a tunnel gets more only
 * while it holds no more than its even share of the second half. So nobody alone can take more than half, and whoever
 * holds little is served however much others hold. The sum stays below `limit` but for the newest portion of each.
 */
export class FairBudget {
  readonly limit: number;
  #used = 0;
  #holders = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** More than half is used: it matters who holds how much. */
  get tight(): boolean {
    return this.#used > this.limit / 2;
  }

  get full(): boolean {
    return this.#used > this.limit;
  }

  /** What each holder may have while it is tight. */
  get evenShare(): number {
    return this.limit / 2 / Math.max(1, this.#holders);
  }

  /** The part of one tunnel, empty at first. */
  open(): BudgetPart {
    return new BudgetPart(this, (before, after) => {
      this.#used += after - before;
      if (before === 0 && after > 0) this.#holders += 1;
      else if (before > 0 && after === 0) this.#holders -= 1;
    });
  }
}

/** What one tunnel holds of a budget. */
export class BudgetPart {
  readonly #budget: FairBudget;
  readonly #onChange: (before: number, after: number) => void;
  #held = 0;

  constructor(budget: FairBudget, onChange: (before: number, after: number) => void) {
    this.#budget = budget;
    this.#onChange = onChange;
  }

  get held(): number {
    return this.#held;
  }

  /** Takes more, or gives back when negative; never refuses, see `fits`. */
  change(by: number): void {
    if (by === 0) return;
    const before = this.#held;
    this.#held = Math.max(0, before + by);
    this.#onChange(before, this.#held);
  }

  /** Whether this part may be as large as it is, and grow. */
  get fits(): boolean {
    return !this.#budget.tight || (this.#held <= this.#budget.evenShare && !this.#budget.full);
  }
}
