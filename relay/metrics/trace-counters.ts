import { Counter, type Registry } from 'prom-client';

/** Counts what became of requests’ traces. */
export function countedTraces(registry: Registry): (outcome: string, requests: number) => void {
  const traces = new Counter({
    name: 'causeway_traces_total',
    help: 'Requests that were traced: exported, failed (they could not be sent), dropped (too many waited).',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return (outcome, requests) => traces.labels(outcome).inc(requests);
}
