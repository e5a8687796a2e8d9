import fc from 'fast-check';
import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { GatheredHistogram } from '../../../relay/metrics/gathered-histogram.ts';

const about = { name: 'times_seconds', help: 'Times.' };
const buckets = [0.005, 0.1, 1, 2.5];
const seconds = fc.oneof(fc.constantFrom(0, ...buckets), fc.double({ min: 0, max: 10, noNaN: true }));

it('says what prom-client’s own says of the same values, as text and as values', async () => {
  const series = fc.tuple(fc.constantFrom('orders', 'a "quoted" \\ one'), fc.constantFrom('2xx', 'none'), seconds);
  await fc.assert(
    fc.asyncProperty(fc.array(series, { minLength: 1, maxLength: 60 }), async (observed) => {
      const [own, theirs] = [new Registry(), new Registry()];
      const labelNames = ['api', 'status_class'];
      const gathered = new GatheredHistogram({ ...about, labelNames, buckets, registry: own });
      const plain = new Histogram({ ...about, labelNames, buckets, registers: [theirs] });
      for (const [api, statusClass, value] of observed) {
        gathered.timer(api, statusClass).observe(value);
        plain.labels(api, statusClass).observe(value);
      }
      expect(await own.metrics()).toBe(await theirs.metrics());
      const added = (registry: Registry): Promise<string> =>
        registry.getMetricsAsJSON().then((values) => AggregatorRegistry.aggregate([values, values] as never).metrics());
      expect(await added(own)).toBe(await added(theirs));
    }),
    { numRuns: 50 },
  );
});

it('without labels it is there from the start, with nothing in it', async () => {
  const [own, theirs] = [new Registry(), new Registry()];
  new GatheredHistogram({ ...about, buckets, registry: own }).timer();
  // oxlint-disable-next-line no-new -- it is known to its registry
  new Histogram({ ...about, buckets, registers: [theirs] });
  expect(await own.metrics()).toBe(await theirs.metrics());
});
