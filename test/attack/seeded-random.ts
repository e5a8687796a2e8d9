import { createHash } from 'node:crypto';

/** Numbers that follow from a seed alone, so that a run can be repeated. */
export interface SeededRandom {
  /** From 0 to `below` - 1. */
  number(below: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** True in one of so many cases. */
  oneIn(many: number): boolean;
  bytes(length: number): Buffer;
}

/** Bytes of bodies are cut out of these, at a place that is drawn. */
const pool = createHash('shake256', { outputLength: 65_521 }).update('bytes of bodies').digest();

/** The generator mulberry32. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const number = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
  return {
    number,
    pick: (items) => items[number(items.length)] ?? items[0],
    oneIn: (many) => number(many) === 0,
    bytes(length) {
      const at = number(pool.length - 1);
      return Buffer.concat(
        [pool.subarray(at), ...Array.from({ length: Math.ceil(length / pool.length) }, () => pool)],
        length,
      );
    },
  };
}

/** What one case draws from; `purpose` tells the upstream's draws from the caller's. */
export function randomOfCase(seed: number, number: number, purpose = 0): SeededRandom {
  return seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b) ^ (purpose * 0xc2b2ae35));
}
