/** What can be in one list at a time; where is the list's own business. Begins with −1. */
export interface Placed {
  place: number;
}

/**
 * A set whose members come and go with every request. No `Set`: each time that V8 makes the table of a set anew, the old
 * table keeps the new one alive, with all that was in it then. Once one such table is old, every later one lives until
 * V8 marks the whole heap, and with it a few requests of each time.
 */
export class PlacedList<T extends Placed> implements Iterable<T> {
  /** In no order; each knows its place. */
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  /** Says whether it is new. */
  add(member: T): boolean {
    if (this.#all[member.place] === member) return false;
    member.place = this.#all.push(member) - 1;
    return true;
  }

  /** Says whether it was there. */
  delete(member: T): boolean {
    const { place } = member;
    if (this.#all[place] !== member) return false;
    const last = this.#all.pop();
    if (last !== undefined && last !== member) {
      this.#all[place] = last;
      last.place = place;
    }
    return true;
  }

  clear(): void {
    this.#all.length = 0;
  }

  /** Those that are in it now, whatever goes meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#all][Symbol.iterator]();
  }
}
