import type { Decision, PolicyRequest } from './decision.ts';
import { hashOf, SeenBefore } from './seen-before.ts';

/** A decision about one path, and the next one about the same path. */
interface Entry {
  readonly api: string;
  readonly method: string;
  readonly decision: Decision;
  readonly next: Entry | undefined;
}

/** Decisions of one caller, kept with him. */
export interface DecisionsOfCaller {
  byPath: Map<string, Entry>;
  round: number;
  /** Differs from caller to caller. */
  readonly seed: number;
}

const maxDecisions = 65_536;
const maxPathLength = 256;
/** APIs and methods that are remembered for one path of one caller. */
const maxPerPath = 32;

/**
 * Decisions that were asked for more than once. Bounded: when there are too many, all are forgotten at once, and those
 * that come again are soon back.
 */
export class RememberedDecisions {
  readonly #seed = Math.floor(Math.random() * 0x7fff_ffff);
  readonly #seen = new SeenBefore();
  #callers = 0;
  #count = 0;
  #round = 0;

  newCaller(): DecisionsOfCaller {
    this.#callers += 1;
    return { byPath: new Map(), round: this.#round, seed: Math.imul(this.#seed ^ this.#callers, 0x0100_0193) };
  }

  find(known: DecisionsOfCaller, { api, method, path }: PolicyRequest): Decision | undefined {
    if (known.round !== this.#round) return undefined;
    for (let entry = known.byPath.get(path); entry !== undefined; entry = entry.next)
      if (entry.api === api && entry.method === method) return entry.decision;
    return undefined;
  }

  /** Remembers a decision that was asked for before; of others, only that they were. */
  put(known: DecisionsOfCaller, { api, method, path }: PolicyRequest, decision: Decision): void {
    if (path.length > maxPathLength || !this.#seen.has(hashOf(known.seed, api, method, path))) return;
    if (this.#count >= maxDecisions) {
      this.#count = 0;
      this.#round += 1;
    }
    if (known.round !== this.#round) {
      known.byPath = new Map();
      known.round = this.#round;
    }
    const next = known.byPath.get(path);
    this.#count += 1;
    known.byPath.set(path, { api, method, decision, next: lengthOf(next) < maxPerPath ? next : undefined });
  }
}

function lengthOf(entry: Entry | undefined): number {
  let length = 0;
  for (let at = entry; at !== undefined; at = at.next) length += 1;
  return length;
}
