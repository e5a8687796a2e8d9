import type { SharedMemory } from '../../shared/tunnel/multiplexer-options.ts';
import type { BudgetPart, FairBudget } from './fair-budget.ts';
import { type Placed, PlacedList } from './placed-list.ts';

/** A connection that keeps bytes which its reader hasn't taken. */
export interface ByteKeeper extends Placed {
  /** Looks at what is kept now, and tells by `changed`. */
  recount(): void;
}

/**
 * The bytes that one tunnel keeps in the relay, out of a bound for the whole process: what its client hasn't
 * acknowledged, and what the readers of its streams haven't taken.
 */
export class TunnelMemory implements SharedMemory {
  readonly #unacknowledged: BudgetPart;
  readonly #unread: BudgetPart;
  readonly #grown: BudgetPart;
  readonly #budget: FairBudget;
  readonly #keepers = new PlacedList<ByteKeeper>();

  /** @param growth what windows may grow beyond their beginning, in all tunnels: bytes that may come any time */
  constructor(budget: FairBudget, growth: FairBudget) {
    this.#budget = budget;
    this.#grown = growth.open();
    this.#unacknowledged = budget.open();
    this.#unread = budget.open();
  }

  didKeep(bytes: number): void {
    this.#unacknowledged.change(bytes);
  }

  /**
   * False holds up what is sent to the client. Only what the client is to acknowledge counts here: a stream whose
   * reader stalls must not hold up the others of its tunnel.
   */
  get mayKeep(): boolean {
    return this.#unacknowledged.fits;
  }

  didGrow(bytes: number): void {
    this.#grown.change(bytes);
  }

  get mayGrow(): boolean {
    return this.#grown.fits && this.takesMore;
  }

  /** Whether there is room for one more connection or request. */
  get takesMore(): boolean {
    return this.#unacknowledged.fits && this.#unread.fits;
  }

  /** All is used and this tunnel has more than its share: bytes that still come can't be kept. */
  get overflows(): boolean {
    return this.#budget.full && !this.#unread.fits;
  }

  /** A connection keeps `after` bytes instead of `before`. */
  changed(keeper: ByteKeeper, before: number, after: number): void {
    if (after === 0) this.#keepers.delete(keeper);
    else this.#keepers.add(keeper);
    this.#unread.change(after - before);
  }

  /** About once a second: readers take bytes without telling. */
  recount(): void {
    for (const keeper of this.#keepers) keeper.recount();
  }

  /** The tunnel is over. */
  close(): void {
    this.#keepers.clear();
    this.#unread.change(-this.#unread.held);
    this.#unacknowledged.change(-this.#unacknowledged.held);
    this.#grown.change(-this.#grown.held);
  }
}
