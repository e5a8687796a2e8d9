import { type Person, personKey } from '../../identity/person-key.ts';

const hourMs = 3_600_000;
/** People who did nothing for an hour stay in the table until it has so many. */
const maxIdlePeople = 10_000;

/** Paces what a person may do again and again. */
export interface Pace {
  /** Null when the person may do it, which counts from now on; else when it may be done next, milliseconds since the epoch. */
  take(person: Person, nowMs: number): number | null | Promise<number | null>;
}

/** At most so often in any hour. The clock is an argument. */
export class HourlyPace implements Pace {
  readonly #most: number;
  readonly #doneAtMs = new Map<string, number[]>();

  constructor(most: number) {
    this.#most = most;
  }

  take(person: Person, nowMs: number): number | null {
    const key = personKey(person);
    const within = (this.#doneAtMs.get(key) ?? []).filter((atMs) => atMs > nowMs - hourMs);
    const [first] = within;
    if (first !== undefined && within.length >= this.#most) return first + hourMs;
    if (this.#doneAtMs.size >= maxIdlePeople) this.#forgetIdle(nowMs);
    this.#doneAtMs.set(key, [...within, nowMs]);
    return null;
  }

  #forgetIdle(nowMs: number): void {
    for (const [key, times] of this.#doneAtMs) if ((times.at(-1) ?? 0) <= nowMs - hourMs) this.#doneAtMs.delete(key);
  }
}
