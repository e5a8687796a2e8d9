/** Numbers and choices that are the same for the same seed. */
export interface Random {
  /** From 0 up to 1. */
  next(): number;
  /** A whole number below. */
  below(bound: number): number;
  of<Value>(values: readonly Value[]): Value;
  chance(probability: number): boolean;
}

/** Mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    of(values) {
      const chosen = values[below(values.length)];
      if (chosen === undefined && values.length === 0) throw new Error('there is nothing to choose from');
      return chosen as (typeof values)[number];
    },
  };
}
