/** Longest wait for the look at one thing, milliseconds. */
export const lookMs = 5000;
/** Connections and answers within a look end before it, so that their own words are told. */
export const answerMs = 4000;

/** What became of work with a bound in time. */
export type Bounded<Result> =
  | { readonly status: 'done'; readonly result: Result }
  | { readonly status: 'late' }
  | { readonly status: 'failed'; readonly error: unknown };

/** Waits for the work, but not for long. What it goes on to do afterwards counts no more; it is told by the signal. */
export async function inTime<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  timeoutMs: number = lookMs,
): Promise<Bounded<Result>> {
  const ending = new AbortController();
  const late = Promise.withResolvers<{ readonly status: 'late' }>();
  const timer = setTimeout(() => late.resolve({ status: 'late' }), timeoutMs);
  try {
    const done = work(ending.signal).then(
      (result) => ({ status: 'done' as const, result }),
      (error: unknown) => ({ status: 'failed' as const, error }),
    );
    return await Promise.race([done, late.promise]);
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

/** Does the work for all, so many at once; those whose turn hasn’t come by `untilMs` (of `performance.now`) are left. */
export async function forEachInTurn<Item, Result>(
  items: readonly Item[],
  { atOnce, untilMs }: { readonly atOnce: number; readonly untilMs: number },
  work: (item: Item) => Promise<Result>,
): Promise<{ readonly results: readonly Result[]; readonly left: number }> {
  const results: Result[] = [];
  const waiting = [...items];
  const goOn = async (): Promise<void> => {
    while (waiting.length > 0 && performance.now() < untilMs) {
      const item = waiting.shift();
      if (item !== undefined) results.push(await work(item));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, goOn));
  return { results, left: waiting.length };
}
