import type { Report } from './yaml-source.ts';

/** Reports each entry of a list whose value stood in an earlier one. */
export function reportDuplicates<Item, Value extends string | number>(
  items: readonly Item[],
  valueOf: (item: Item) => Value | undefined,
  placeOf: (index: number) => readonly PropertyKey[],
  what: string,
  report: Report,
): void {
  const seen = new Map<Value, number>();
  for (const [index, item] of items.entries()) {
    const value = valueOf(item);
    if (value === undefined) continue;
    const earlier = seen.get(value);
    if (earlier === undefined) seen.set(value, index);
    else
      report(
        placeOf(index),
        `is the same ${what}, ${value}, as in entry ${earlier + 1} of the list. Choose another one.`,
      );
  }
}
