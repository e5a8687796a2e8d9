import type { Decision } from './decision.ts';

/** What a decision without a moment depends on; `caller` and `api` are numbers that stand for them. */
export interface DecisionKey {
  readonly caller: number;
  readonly api: number;
  readonly method: string;
  readonly path: string;
}

interface Entry extends DecisionKey {
  readonly decision: Decision;
}

const ways = 4;
const smallest = 1024;
const largest = 65_536;
const maxPathLength = 256;

/**
 * Decisions that came up before, in a table of fixed size: a new one takes the place of an older one with the same part
 * of the hash. What is asked for only once leaves nothing but its hash, so that paths which never come again neither
 * push out others nor give the garbage collector work.
 */
export class RememberedDecisions {
  readonly #seed = Math.floor(Math.random() * 0x7fff_ffff);
  #hashes = new Uint32Array(0);
  #entries: (Entry | undefined)[] = [];
  #news = 0;

  find(key: DecisionKey): Decision | undefined {
    if (this.#entries.length === 0) return undefined;
    const hash = this.#hashOf(key);
    const set = this.#setOf(hash);
    for (let slot = set; slot < set + ways; slot += 1) {
      if (this.#hashes[slot] !== hash) continue;
      const entry = this.#entries[slot];
      if (entry !== undefined && isSame(entry, key)) return entry.decision;
    }
    return undefined;
  }

  /** Remembers a decision that was asked for before; of others, only that they were asked for. */
  put(key: DecisionKey, decision: Decision): void {
    if (key.path.length > maxPathLength) return;
    if (this.#news >= this.#entries.length) this.#grow();
    const hash = this.#hashOf(key);
    const set = this.#setOf(hash);
    for (let slot = set; slot < set + ways; slot += 1) {
      if (this.#hashes[slot] !== hash) continue;
      const { caller, api, method, path } = key;
      this.#entries[slot] = { caller, api, method, path, decision };
      return;
    }
    const slot = set + (this.#news % ways);
    this.#news += 1;
    this.#hashes[slot] = hash;
    this.#entries[slot] = undefined;
  }

  /** Up to the largest size, what is new in number takes a larger table; the old one is learnt again. */
  #grow(): void {
    this.#news = 0;
    const size = Math.min(largest, Math.max(smallest, this.#entries.length * 8));
    if (size === this.#entries.length) return;
    this.#hashes = new Uint32Array(size);
    this.#entries = Array.from({ length: size });
  }

  #setOf(hash: number): number {
    return hash & (this.#entries.length - 1) & ~(ways - 1);
  }

  /** FNV-1a, begun at random: nobody outside knows which paths share a place. Never 0, which marks a free place. */
  #hashOf({ caller, api, method, path }: DecisionKey): number {
    let hash = Math.imul(Math.imul(this.#seed ^ caller, 0x0100_0193) ^ api, 0x0100_0193) ^ method.length;
    for (let index = 0; index < method.length; index += 1)
      hash = Math.imul(hash ^ method.charCodeAt(index), 0x0100_0193);
    for (let index = 0; index < path.length; index += 1) hash = Math.imul(hash ^ path.charCodeAt(index), 0x0100_0193);
    // The lowest bits choose the place, and FNV's depend on the lowest bits of the text alone.
    hash ^= hash >>> 15;
    return hash >>> 0 || 1;
  }
}

function isSame(entry: Entry, { caller, api, method, path }: DecisionKey): boolean {
  return entry.caller === caller && entry.api === api && entry.method === method && entry.path === path;
}
