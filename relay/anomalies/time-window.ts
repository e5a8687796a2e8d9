/** How long a window is, and how many of a key are kept. */
export interface Within {
  readonly lengthMs: number;
  readonly most: number;
}

/**
 * Moments of each key within a time that moves along; what is older is forgotten. How long that time is may change from one moment
 * to the next: what is kept by then counts on.
 */
export class TimeWindow<Item> {
  readonly #items = new Map<string, { readonly timeMs: number; readonly item: Item }[]>();
  #sweptAtMs = 0;

  /** Adds one and answers all of the key that are within the window, oldest first. */
  add(key: string, timeMs: number, item: Item, { lengthMs, most }: Within): readonly Item[] {
    this.#sweep(timeMs, lengthMs);
    const items = this.#items.get(key) ?? [];
    items.push({ timeMs, item });
    let gone = 0;
    while ((items[gone]?.timeMs ?? timeMs) < timeMs - lengthMs) gone += 1;
    items.splice(0, Math.max(gone, items.length - most));
    this.#items.set(key, items);
    return items.map((one) => one.item);
  }

  /** Whether something was added within the window. */
  has(key: string, timeMs: number, lengthMs: number): boolean {
    return (this.#items.get(key)?.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY) >= timeMs - lengthMs;
  }

  /** Forgets keys that nothing was added to for a whole window. */
  #sweep(nowMs: number, lengthMs: number): void {
    if (nowMs - this.#sweptAtMs < lengthMs) return;
    this.#sweptAtMs = nowMs;
    for (const [key, items] of this.#items) if ((items.at(-1)?.timeMs ?? 0) < nowMs - lengthMs) this.#items.delete(key);
  }
}
