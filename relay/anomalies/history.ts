/** What is remembered of a person, or with an empty person of everybody together. */
export type Trait = 'account' | 'api' | 'device' | 'range' | 'role';

/** When something was seen first and last, milliseconds since the epoch. */
export interface Seen {
  readonly person: string;
  readonly trait: Trait;
  readonly value: string;
  readonly firstMs: number;
  lastMs: number;
}

const hourMs = 3_600_000;
const forgottenAfterMs = 400 * 24 * hourMs;

/** What the rules know of the time before a request. `lastMs` is kept to the hour. */
export class History {
  readonly #seen = new Map<string, Seen>();
  readonly #usersOfApi = new Map<string, Seen[]>();
  readonly #roles = new Map<string, string>();
  readonly #changed = new Set<Seen>();

  constructor(known: Iterable<Seen> = []) {
    this.learn(known);
  }

  /** Adds what was seen, but what is known already. */
  learn(known: Iterable<Seen>): void {
    for (const one of known) if (this.find(one.person, one.trait, one.value) === undefined) this.#put(one);
  }

  find(person: string, trait: Trait, value: string): Seen | undefined {
    return this.#seen.get(keyOf(person, trait, value));
  }

  /** Remembers that something was seen. */
  see(person: string, trait: Trait, value: string, timeMs: number): void {
    const found = this.find(person, trait, value);
    if (found === undefined) {
      const fresh: Seen = { person, trait, value, firstMs: timeMs, lastMs: timeMs };
      this.#put(fresh);
      this.#changed.add(fresh);
    } else if (timeMs - found.lastMs >= hourMs) {
      found.lastMs = timeMs;
      this.#changed.add(found);
    }
  }

  /** The role that a grant gives, by `grant:<id>`. */
  roleOf(person: string): string | undefined {
    return this.#roles.get(person);
  }

  /** How many others have used an API since a moment; counts no further than `enough`. */
  othersAt(api: string, person: string, sinceMs: number, enough: number): number {
    let others = 0;
    for (const { person: who, lastMs } of this.#usersOfApi.get(api) ?? []) {
      if (who !== person && lastMs >= sinceMs) others += 1;
      if (others >= enough) break;
    }
    return others;
  }

  /** What is new or changed since the last call, to be kept. */
  takeChanged(): readonly Seen[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** Whether something was seen so long ago that it counts as never seen; who keeps it may delete it. */
  static isForgotten({ lastMs }: Pick<Seen, 'lastMs'>, nowMs: number): boolean {
    return nowMs - lastMs > forgottenAfterMs;
  }

  #put(one: Seen): void {
    this.#seen.set(keyOf(one.person, one.trait, one.value), one);
    if (one.trait === 'role') this.#roles.set(one.person, one.value);
    if (one.trait !== 'api' || one.person === '') return;
    const users = this.#usersOfApi.get(one.value);
    if (users === undefined) this.#usersOfApi.set(one.value, [one]);
    else users.push(one);
  }
}

function keyOf(person: string, trait: Trait, value: string): string {
  return `${trait}\n${person}\n${value}`;
}
