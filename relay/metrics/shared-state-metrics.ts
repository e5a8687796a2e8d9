import { Gauge, type Registry } from 'prom-client';
import { GatheredHistogram } from './gathered-histogram.ts';

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Where relays keep what they share. */
export type SharedStore = 'postgres' | 'redis';

/** Told of each question to a store, and whether it was answered. */
export type DidAsk = (store: SharedStore, tookMs: number, isAnswered: boolean) => void;

/** How long Redis and PostgreSQL take, and whether they are there; silent for a relay that stands alone. */
export function countedSharedState(registry: Registry): DidAsk {
  const registers = [registry];
  const labelNames = ['store'];
  const times = new GatheredHistogram({
    name: 'causeway_shared_state_seconds',
    help: 'Time that the store which relays share takes to answer.',
    labelNames,
    buckets,
    registry,
  });
  const up = new Gauge({
    name: 'causeway_shared_state_up',
    help: '1 when the store which relays share answered the last question.',
    labelNames,
    registers,
    aggregator: 'min',
  });
  return (store, tookMs, isAnswered) => {
    if (isAnswered) times.timer(store).observe(tookMs / 1000);
    up.labels(store).set(isAnswered ? 1 : 0);
  };
}
