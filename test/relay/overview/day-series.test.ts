import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { afterEach, expect, it, vi } from 'vitest';
import type { MetricValues } from '../../../relay/metrics/relay-metrics.ts';
import { followDay } from '../../../relay/overview/day-series.ts';
import { percentileMs } from '../../../relay/overview/sample.ts';

afterEach(() => void vi.useRealTimers());

function countedRelay() {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'x',
    labelNames: ['api', 'decision', 'status_class'],
    buckets: [0.1, 1, 10],
    registers,
  });
  const tunnels = new Gauge({ name: 'causeway_tunnels_open', help: 'x', registers });
  const refused = new Counter({
    name: 'causeway_authentications_refused_total',
    help: 'x',
    labelNames: ['code'],
    registers,
  });
  const values = async (): Promise<MetricValues> => (await registry.getMetricsAsJSON()) as unknown as MetricValues;
  return { requests, tunnels, refused, values };
}

it('has what happened in each five minutes, the one under way last, and no more than a day', async () => {
  vi.useFakeTimers();
  const { requests, tunnels, refused, values } = countedRelay();
  requests.labels('old', 'allow', '2xx').observe(5);
  const day = followDay({ values, onFailed: (error) => expect(error).toBeNull() });
  await vi.advanceTimersByTimeAsync(1);
  for (const seconds of [0.05, 0.05, 0.5]) requests.labels('a', 'allow', '2xx').observe(seconds);
  requests.labels('b', 'deny', '4xx').observe(0.05);
  requests.labels('b', 'allow', '5xx').observe(100);
  refused.labels('token-rejected').inc(7);
  tunnels.set(3);
  await vi.advanceTimersByTimeAsync(300_000);
  tunnels.set(1);
  await vi.advanceTimersByTimeAsync(60_000);
  const [first, underWay, ...others] = await day.points();
  expect(others).toEqual([]);
  expect(first).toMatchObject({ requests: 5, denied: 1, failed: 1, refusedSignIns: 7, tunnels: 3, p99Ms: 10_000 });
  expect((first?.untilMs ?? 0) - (first?.atMs ?? 0)).toBe(300_000);
  expect(underWay).toMatchObject({ requests: 0, tunnels: 1, p50Ms: null, p95Ms: null, p99Ms: null });
  await vi.advanceTimersByTimeAsync(2 * 86_400_000);
  expect((await day.points()).length).toBeLessThanOrEqual(289);
  day.close();
});

it('survives numbers that can’t be had', async () => {
  vi.useFakeTimers();
  let fails = true;
  const { values } = countedRelay();
  const onFailed = vi.fn();
  const day = followDay({ values: () => (fails ? Promise.reject(new Error('away')) : values()), onFailed });
  await vi.advanceTimersByTimeAsync(300_000);
  expect(onFailed).toHaveBeenCalled();
  fails = false;
  await vi.advanceTimersByTimeAsync(600_000);
  expect((await day.points()).length).toBeGreaterThan(0);
  day.close();
});

it.each([
  [[0, 0, 0, 0], 0.5, null],
  [[10, 10, 10, 10], 0.5, 50],
  [[0, 10, 10, 10], 0.5, 550],
  [[5, 10, 10, 10], 0.95, 910],
  [[0, 0, 0, 4], 0.5, 10_000],
  [[1, 1, 1, 4], 0.99, 10_000],
])('estimates from %j requests that %d of them took up to %s ms', (counts, share, expected) => {
  const bounds = [0.1, 1, 10, Infinity];
  const durations = counts.map((count, index) => ({ upToSeconds: bounds[index] ?? Infinity, count }));
  expect(percentileMs(durations, share)).toBe(expected);
});
