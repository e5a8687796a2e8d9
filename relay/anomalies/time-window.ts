/** Moments of each key within a time that moves along; what is older is forgotten. */
export class TimeWindow<Item> {
  readonly #items = new Map<string, { readonly timeMs: number; readonly item: Item }[]>();
  readonly #lengthMs: number;
  #sweptAtMs = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  /** Adds one and answers all of the key that are within the window, oldest first. At most `most` are kept. */
  add(key: string, timeMs: number, item: Item, most: number): readonly Item[] {
    this.#sweep(timeMs);
    const items = this.#items.get(key) ?? [];
    items.push({ timeMs, item });
    let gone = 0;
    while ((items[gone]?.timeMs ?? timeMs) < timeMs - this.#lengthMs) gone += 1;
    items.splice(0, Math.max(gone, items.length - most));
    this.#items.set(key, items);
    return items.map((one) => one.item);
  }

  /** Whether something was added within the window. */
  has(key: string, timeMs: number): boolean {
    return (this.#items.get(key)?.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY) >= timeMs - this.#lengthMs;
  }

  /** Forgets keys that nothing was added to for a whole window. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptAtMs < this.#lengthMs) return;
    this.#sweptAtMs = nowMs;
    for (const [key, items] of this.#items)
      if ((items.at(-1)?.timeMs ?? 0) < nowMs - this.#lengthMs) this.#items.delete(key);
  }
}
