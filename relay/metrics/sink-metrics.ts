import { Counter, Gauge, type Registry } from 'prom-client';
import type { SinkStatus } from '../sinks/sink-status.ts';

/** Says how far the sinks of the audit are, and counts what went to them shortened, by the names of the config. */
export function sinkMetrics(registry: Registry): {
  readonly now: (statuses: () => readonly SinkStatus[]) => void;
  readonly didShorten: (sink: string) => void;
} {
  const common = { labelNames: ['sink' as const], registers: [registry] };
  let statusesNow: () => readonly SinkStatus[] = () => [];
  new Gauge({
    ...common,
    name: 'causeway_sink_waiting_records',
    help: 'Records of the audit behind the place of a sink.',
    aggregator: 'max',
    collect() {
      this.reset();
      for (const { name, waiting } of statusesNow()) this.labels(name).set(waiting);
    },
  });
  new Gauge({
    ...common,
    name: 'causeway_sink_oldest_waiting_seconds',
    help: 'How long the oldest record has waited for a sink.',
    aggregator: 'max',
    collect() {
      this.reset();
      for (const { name, oldestWaitingSeconds } of statusesNow()) this.labels(name).set(oldestWaitingSeconds ?? 0);
    },
  });
  const shortened = new Counter({
    ...common,
    name: 'causeway_sink_shortened_records_total',
    help: 'Records that a sink has shortened, because its receiver refused them as too large.',
  });
  return {
    now: (statuses) => void (statusesNow = statuses),
    didShorten: (sink) => shortened.labels(sink).inc(),
  };
}
