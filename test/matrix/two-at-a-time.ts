/** Does the work for each item, two at a time, and gives the results in the items’ order as they become known. */
export async function* twoAtATime<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<[Item, Result]> {
  const results: Promise<Result>[] = [];
  const lanes = [Promise.resolve(), Promise.resolve()];
  for (const [index, item] of items.entries()) {
    const result = (lanes[index % lanes.length] ?? Promise.resolve()).then(() => work(item));
    results.push(result);
    lanes[index % lanes.length] = result.then(
      () => undefined,
      () => undefined,
    );
  }
  for (const [index, item] of items.entries()) yield [item, await (results[index] as Promise<Result>)];
}
