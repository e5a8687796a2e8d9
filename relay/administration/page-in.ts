import { cursorOf, type Page, type PlaceInOrder, readPlace } from '../sessions/search-sessions.ts';

/** A page of what is in its order already: those behind the place of the cursor. @throws AccessError `bad-input` for a wrong cursor */
export function pageIn<Item>(
  listed: readonly Item[],
  cursor: string | null,
  limit: number,
  placeOf: (item: Item) => PlaceInOrder,
): Page<Item> {
  const after = readPlace(cursor, 1);
  const isBehind = (item: Item): boolean => {
    if (after === null) return true;
    const { atMs, names } = placeOf(item);
    return atMs > after.atMs || (atMs === after.atMs && (names[0] ?? '') > (after.names[0] ?? ''));
  };
  const left = listed.filter(isBehind);
  const items = left.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last === undefined || left.length <= limit ? null : cursorOf(placeOf(last)) };
}
