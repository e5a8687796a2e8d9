const ways = 4;
const smallest = 1024;
const largest = 65_536;

/**
 * Remembers hashes of what came up lately, in a table of fixed size that holds nothing else: what comes only once
 * pushes out nothing but such hashes, and gives the garbage collector no work.
 */
export class SeenBefore {
  #hashes = new Uint32Array(0);
  #news = 0;

  /** Whether the same hash came up lately. Rarely wrong, either way. */
  has(hash: number): boolean {
    if (this.#news >= this.#hashes.length) this.#grow();
    // 0 marks a free place.
    const mark = hash >>> 0 || 1;
    const set = mark & (this.#hashes.length - 1) & ~(ways - 1);
    for (let slot = set; slot < set + ways; slot += 1) if (this.#hashes[slot] === mark) return true;
    this.#hashes[set + (this.#news % ways)] = mark;
    this.#news += 1;
    return false;
  }

  /** What is new in great number takes a larger table, up to the largest; the smaller one is forgotten. */
  #grow(): void {
    this.#news = 0;
    const size = Math.min(largest, Math.max(smallest, this.#hashes.length * 8));
    if (size !== this.#hashes.length) this.#hashes = new Uint32Array(size);
  }
}

/** FNV-1a over three texts, begun with `seed`; its lowest bits depend on all of them. */
export function hashOf(seed: number, first: string, second: string, third: string): number {
  const hash = withText(withText(withText(seed, first), second), third);
  return hash ^ (hash >>> 15);
}

function withText(seed: number, text: string): number {
  let hash = seed ^ text.length;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  return hash;
}
