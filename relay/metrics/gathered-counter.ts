import { Counter, type CounterConfiguration } from 'prom-client';

/** What was added for one set of labels since somebody looked. */
export interface Gathered {
  amount: number;
}

/**
 * A counter that is cheap to add to: prom-client looks its labels up with every addition, which is felt where there are several with
 * each request. What was added comes into it when somebody looks.
 * @returns where to add for these labels, in the order of their names; to be kept by who adds often
 */
export function gatheredCounter<Name extends string>(
  configuration: Omit<CounterConfiguration<Name>, 'collect'>,
): (...labels: readonly string[]) => Gathered {
  const gathered = new Map<string, { readonly labels: readonly string[]; readonly cell: Gathered }>();
  // oxlint-disable-next-line no-new -- it is known to its registry, which asks it
  new Counter({
    ...configuration,
    collect() {
      for (const { labels, cell } of gathered.values()) {
        if (cell.amount > 0) this.labels(...labels).inc(cell.amount);
        cell.amount = 0;
      }
    },
  });
  return (...labels) => {
    const key = JSON.stringify(labels);
    let found = gathered.get(key);
    if (found === undefined) gathered.set(key, (found = { labels, cell: { amount: 0 } }));
    return found.cell;
  };
}
