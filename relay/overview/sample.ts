import type { MetricValues } from '../metrics/relay-metrics.ts';

/** Requests that took up to so long, shorter ones among them. */
export interface Duration {
  /** Infinity for all. */
  readonly upToSeconds: number;
  readonly count: number;
}

/** What was counted up to a moment, and what was open then. */
export interface Sample {
  readonly atMs: number;
  readonly requests: number;
  readonly denied: number;
  readonly failed: number;
  readonly refusedSignIns: number;
  readonly tunnels: number;
  readonly streams: number;
  /** Short ones first. */
  readonly durations: readonly Duration[];
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly metricName?: string;
}

/** Reads it out of the relay’s metrics. Pure. */
export function sampleOf(values: MetricValues, atMs: number): Sample {
  const of = (name: string): readonly Value[] =>
    (values.find((metric) => metric.name === name)?.values ?? []) as readonly Value[];
  const sum = (found: readonly Value[]): number => found.reduce((total, { value }) => total + value, 0);
  const ended = of('http_server_request_duration_seconds');
  const counts = [
    ...ended.filter(({ metricName }) => metricName?.endsWith('_count') === true),
    ...of('http_server_request_duration_seconds_count'),
  ];
  const bounds = new Map<number, number>();
  // Where there are too many APIs for buckets of each, one request in 16 is timed for all of them.
  const timed = ended.length > 0 ? ended : of('causeway_stage_duration_seconds').filter(isWhole);
  for (const { metricName, labels, value } of timed) {
    if (metricName?.endsWith('_bucket') !== true) continue;
    const upTo = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
    bounds.set(upTo, (bounds.get(upTo) ?? 0) + value);
  }
  return {
    atMs,
    requests: sum(counts),
    denied: sum(counts.filter(({ labels }) => labels['decision'] === 'deny')),
    failed: sum(counts.filter(({ labels }) => labels['status_class'] === '5xx')),
    refusedSignIns: sum(of('causeway_authentications_refused_total')),
    tunnels: sum(of('causeway_tunnels_open')),
    streams: sum(of('causeway_streams_open')),
    durations: [...bounds]
      .toSorted(([one], [other]) => one - other)
      .map(([upToSeconds, count]) => ({ upToSeconds, count })),
  };
}

function isWhole({ labels }: Value): boolean {
  return labels['stage'] === 'whole';
}

/**
 * How long the given share of requests took at most, milliseconds, as Prometheus’ `histogram_quantile` estimates it; null
 * without requests. What took longer than the last bound is told as that bound.
 */
export function percentileMs(durations: readonly Duration[], share: number): number | null {
  const all = durations.at(-1)?.count ?? 0;
  if (all === 0) return null;
  const rank = share * all;
  let [fromSeconds, before] = [0, 0];
  for (const { upToSeconds, count } of durations) {
    if (count >= rank) {
      if (upToSeconds === Infinity) break;
      const within = count === before ? 0 : (rank - before) / (count - before);
      return round(fromSeconds + (upToSeconds - fromSeconds) * within);
    }
    [fromSeconds, before] = [upToSeconds, count];
  }
  return round(fromSeconds);
}

function round(seconds: number): number {
  return Math.round(seconds * 100_000) / 100;
}
