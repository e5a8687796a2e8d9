import type { MetricValues } from '../metrics/relay-metrics.ts';
import { percentileMs, sampleOf, type Sample } from './sample.ts';

/** Five minutes of a relay. Times are milliseconds since the epoch. */
export interface SeriesPoint {
  /** When it began. */
  readonly atMs: number;
  /** When it ended, or ends for now. */
  readonly untilMs: number;
  readonly requests: number;
  readonly denied: number;
  /** Requests that were answered with 5xx, by an API or by the relay. */
  readonly failed: number;
  readonly refusedSignIns: number;
  /** Open at its end. */
  readonly tunnels: number;
  readonly streams: number;
  /** Null without a request. Between the bounds of the histogram they are interpolated. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** What one relay did within the last day, as far as it has run. */
export interface DaySeries {
  /** Oldest first, the one under way last. */
  points(): Promise<readonly SeriesPoint[]>;
  close(): void;
}

const stepMs = 300_000;
const mostPoints = 288;
/** Who asks often sees what was asked a moment ago. */
const freshMs = 2000;

/**
 * Looks at the relay’s metrics every five minutes and keeps what has changed, a day of it in memory: requests are counted
 * where they are recorded, and nothing is counted twice.
 */
export function followDay(options: {
  readonly values: () => Promise<MetricValues>;
  readonly onFailed: (error: unknown) => void;
  readonly now?: () => number;
}): DaySeries {
  const { values, onFailed, now = Date.now } = options;
  const points: SeriesPoint[] = [];
  let begun: Sample | null = null;
  let latest: { readonly sample: Sample; readonly takenAtMs: number } | null = null;

  const take = async (): Promise<Sample> => {
    const takenAtMs = now();
    if (latest !== null && takenAtMs - latest.takenAtMs < freshMs) return latest.sample;
    const sample = sampleOf(await values(), takenAtMs);
    latest = { sample, takenAtMs };
    return sample;
  };
  const step = async (): Promise<void> => {
    const sample = await take();
    if (begun !== null) points.push(pointOf(begun, sample));
    if (points.length > mostPoints) points.shift();
    begun = sample;
  };
  step().catch(onFailed);
  const timer = setInterval(() => void step().catch(onFailed), stepMs).unref();
  return {
    async points() {
      const sample = await take();
      if (begun === null || sample === begun) return points;
      return [...points, pointOf(begun, sample)];
    },
    close: () => clearInterval(timer),
  };
}

/** What happened between two moments. Pure. */
export function pointOf(from: Sample, to: Sample): SeriesPoint {
  const durations = to.durations.map(({ upToSeconds, count }, index) => ({
    upToSeconds,
    count: Math.max(0, count - (from.durations[index]?.count ?? 0)),
  }));
  const grown = (count: (sample: Sample) => number): number => Math.max(0, count(to) - count(from));
  return {
    atMs: from.atMs,
    untilMs: to.atMs,
    requests: grown(({ requests }) => requests),
    denied: grown(({ denied }) => denied),
    failed: grown(({ failed }) => failed),
    refusedSignIns: grown(({ refusedSignIns }) => refusedSignIns),
    tunnels: to.tunnels,
    streams: to.streams,
    p50Ms: percentileMs(durations, 0.5),
    p95Ms: percentileMs(durations, 0.95),
    p99Ms: percentileMs(durations, 0.99),
  };
}
