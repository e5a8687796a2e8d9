import type { BudgetPart } from './fair-budget.ts';
import { PlacedList } from './placed-list.ts';
import type { ActiveExchange } from './tunnel-session.ts';

/** A session’s requests under way, each counted against the bound of the whole relay. */
export class CountedExchanges implements Iterable<ActiveExchange> {
  readonly #part: BudgetPart;
  readonly #all = new PlacedList<ActiveExchange>();

  constructor(part: BudgetPart) {
    this.#part = part;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Whether the relay takes as many of this session, the newest included. */
  get fits(): boolean {
    return this.#part.fits;
  }

  add(exchange: ActiveExchange): void {
    if (this.#all.add(exchange)) this.#part.change(1);
  }

  /** Says whether it was there. */
  delete(exchange: ActiveExchange): boolean {
    if (!this.#all.delete(exchange)) return false;
    this.#part.change(-1);
    return true;
  }

  clear(): void {
    this.#part.change(-this.#all.size);
    this.#all.clear();
  }

  /** Those that are under way now, whatever ends meanwhile. */
  [Symbol.iterator](): Iterator<ActiveExchange> {
    return this.#all[Symbol.iterator]();
  }
}
