import type { BudgetPart } from './fair-budget.ts';
import type { ActiveExchange } from './tunnel-session.ts';

/**
 * A session’s requests under way, each counted against the bound of the whole relay. No `Set`: each time that V8 makes
 * the table of a set anew, the old table keeps the new one alive, with all that was in it then. Once one such table is
 * old, every later one lives until V8 marks the whole heap, and with it a few requests of each time.
 */
export class CountedExchanges implements Iterable<ActiveExchange> {
  readonly #part: BudgetPart;
  /** In no order; each knows its place. */
  readonly #all: ActiveExchange[] = [];

  constructor(part: BudgetPart) {
    this.#part = part;
  }

  get size(): number {
    return this.#all.length;
  }

  /** Whether the relay takes as many of this session, the newest included. */
  get fits(): boolean {
    return this.#part.fits;
  }

  add(exchange: ActiveExchange): void {
    if (this.#all[exchange.place] === exchange) return;
    exchange.place = this.#all.push(exchange) - 1;
    this.#part.change(1);
  }

  /** Says whether it was there. */
  delete(exchange: ActiveExchange): boolean {
    const { place } = exchange;
    if (this.#all[place] !== exchange) return false;
    const last = this.#all.pop();
    if (last !== undefined && last !== exchange) {
      this.#all[place] = last;
      last.place = place;
    }
    this.#part.change(-1);
    return true;
  }

  clear(): void {
    this.#part.change(-this.#all.length);
    this.#all.length = 0;
  }

  /** Those that are under way now, whatever ends meanwhile. */
  [Symbol.iterator](): Iterator<ActiveExchange> {
    return [...this.#all][Symbol.iterator]();
  }
}
