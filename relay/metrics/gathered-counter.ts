import { Counter, type CounterConfiguration } from 'prom-client';

/** A counter that is cheap to add to: what was added comes into it when somebody looks. */
export interface GatheredCounter {
  /** @param key stands for the labels that were given for it */
  add(key: string, amount: number): void;
}

/**
 * prom-client looks its labels up with every addition, which is felt where there are several with each request.
 * @param labelsOf labels of a key, in the order of their names
 */
export function gatheredCounter<Name extends string>(
  configuration: Omit<CounterConfiguration<Name>, 'collect'>,
  labelsOf: (key: string) => readonly string[],
): GatheredCounter {
  const gathered = new Map<string, number>();
  // oxlint-disable-next-line no-new -- it is known to its registry, which asks it
  new Counter({
    ...configuration,
    collect() {
      for (const [key, amount] of gathered) this.labels(...labelsOf(key)).inc(amount);
      gathered.clear();
    },
  });
  return { add: (key, amount) => void gathered.set(key, (gathered.get(key) ?? 0) + amount) };
}
