/**
 * Gives the items of several streams as one, of those that come next always the one that stands before the others; each
 * stream keeps its own order.
 */
export async function* merge<Item>(
  streams: readonly AsyncGenerator<Item>[],
  compare: (one: Item, other: Item) => number,
): AsyncGenerator<Item> {
  const heads: { readonly stream: AsyncGenerator<Item>; item: Item }[] = [];
  try {
    for (const stream of streams) {
      const next = await stream.next();
      if (next.done !== true) heads.push({ stream, item: next.value });
    }
    for (;;) {
      let [first] = heads;
      if (first === undefined) return;
      for (const head of heads) if (compare(head.item, first.item) < 0) first = head;
      yield first.item;
      const next = await first.stream.next();
      if (next.done === true) heads.splice(heads.indexOf(first), 1);
      else first.item = next.value;
    }
  } finally {
    for (const stream of streams) await stream.return(undefined);
  }
}
