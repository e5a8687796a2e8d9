/** Numbers that follow from a seed alone, so that a run can be repeated. */
export interface SeededRandom {
  /** From 0 to `below` - 1. */
  number(below: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** The generator mulberry32. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const number = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
  return { number, pick: (items) => items[number(items.length)] ?? items[0] };
}
