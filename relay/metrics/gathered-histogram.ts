import { Histogram, type Registry } from 'prom-client';

/** Takes what was measured of one set of labels, seconds. */
export interface Timer {
  observe(seconds: number): void;
}

export interface GatheredHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** Upper bounds, seconds, rising. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

/** Value of a histogram, as prom-client writes it; `sharedLabels` are written once for all lines that have the same object. */
interface Line {
  readonly metricName: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels: Readonly<Record<string, string>>;
}

/**
 * A histogram that is cheap to add to: prom-client’s own makes a text of the labels and looks its buckets up by name with every
 * value. What somebody who looks gets is the same.
 */
export class GatheredHistogram extends Histogram {
  readonly #options: GatheredHistogramOptions;
  readonly #series = new Map<string, Series>();

  constructor(options: GatheredHistogramOptions) {
    const { name, help, labelNames = [], buckets, registry } = options;
    super({ name, help, labelNames, buckets: [...buckets], registers: [registry] });
    this.#options = options;
  }

  /** @param labels in the order of their names; to be kept by who has many values for them */
  timer(...labels: readonly string[]): Timer {
    const key = JSON.stringify(labels);
    let series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, (series = new Series(this.#options, labels)));
    return series;
  }

  override async get(): ReturnType<Histogram['get']> {
    const { values, ...rest } = await this.getForPromString();
    const whole = values.map(({ labels, sharedLabels, ...line }) => ({
      ...line,
      labels: { ...labels, ...sharedLabels },
    }));
    return { ...rest, values: whole } as unknown as Awaited<ReturnType<Histogram['get']>>;
  }

  /** What prom-client’s registry asks for when it writes text. */
  getForPromString(): Promise<{ name: string; help: string; type: string; aggregator: string; values: Line[] }> {
    const { name, help } = this.#options;
    const values = [...this.#series.values()].flatMap((series) => series.lines());
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values });
  }
}

/** Values of one set of labels. */
class Series implements Timer {
  readonly #name: string;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #bounds: Float64Array;
  /** How many are in each bucket, and behind the last bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor({ name, labelNames = [], buckets }: GatheredHistogramOptions, labels: readonly string[]) {
    this.#name = name;
    this.#labels = Object.fromEntries(labelNames.map((label, index) => [label, labels[index] ?? '']));
    this.#bounds = Float64Array.from(buckets);
    this.#counts = new Float64Array(buckets.length + 1);
  }

  observe(seconds: number): void {
    const bounds = this.#bounds;
    const counts = this.#counts;
    let index = 0;
    while (index < bounds.length && seconds > (bounds[index] as number)) index += 1;
    counts[index] = (counts[index] as number) + 1;
    this.#sum += seconds;
  }

  lines(): Line[] {
    let upTo = 0;
    const line = (end: string, value: number, labels: Line['labels'] = {}): Line => ({
      metricName: `${this.#name}_${end}`,
      value,
      labels,
      sharedLabels: this.#labels,
    });
    const buckets = [...this.#bounds, '+Inf'].map((le, index) =>
      line('bucket', (upTo += this.#counts[index] ?? 0), { le }),
    );
    return [...buckets, line('sum', this.#sum), line('count', upTo)];
  }
}
