import { personKey } from '../../identity/person-key.ts';
import type { Identity } from '../../identity/identity.ts';

/** People without a request stay in the table until it has so many more. */
const maxIdlePeople = 10_000;

/** Counts each person's requests under way at each API: there, each takes a connection or a stream of its own. */
export class RequestsByPerson {
  readonly #people = new Map<string, Map<string, number>>();
  #sweepAt = maxIdlePeople;

  /**
   * Takes one more, unless `max` are under way already.
   * @returns what gives it back, once; null when there is no room
   */
  take(identity: Pick<Identity, 'issuer' | 'subject'>, api: string, max: number): (() => void) | null {
    const counts = this.#countsOf(personKey(identity));
    const count = counts.get(api) ?? 0;
    if (count >= max) return null;
    counts.set(api, count + 1);
    return () => counts.set(api, (counts.get(api) ?? 1) - 1);
  }

  #countsOf(person: string): Map<string, number> {
    const known = this.#people.get(person);
    if (known !== undefined) return known;
    if (this.#people.size >= this.#sweepAt) this.#sweep();
    const counts = new Map<string, number>();
    this.#people.set(person, counts);
    return counts;
  }

  /** Not at each end of a request: tables that shrink and grow all the time cost V8 more than they hold. */
  #sweep(): void {
    for (const [person, counts] of this.#people)
      if ([...counts.values()].every((count) => count === 0)) this.#people.delete(person);
    this.#sweepAt = this.#people.size + maxIdlePeople;
  }
}
