import type { BudgetPart } from './fair-budget.ts';
import type { ActiveExchange } from './tunnel-session.ts';

/** A session’s requests under way, each counted against the bound of the whole relay. */
export class CountedExchanges extends Set<ActiveExchange> {
  readonly #part: BudgetPart;

  constructor(part: BudgetPart) {
    super();
    this.#part = part;
  }

  /** Whether the relay takes as many of this session, the newest included. */
  get fits(): boolean {
    return this.#part.fits;
  }

  override add(exchange: ActiveExchange): this {
    if (!this.has(exchange)) this.#part.change(1);
    return super.add(exchange);
  }

  override delete(exchange: ActiveExchange): boolean {
    const known = super.delete(exchange);
    if (known) this.#part.change(-1);
    return known;
  }

  override clear(): void {
    for (const exchange of this) this.delete(exchange);
  }
}
