import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProcessVitals } from './process-vitals.ts';

const periodMs = 60_000;
const nanosecondsPerMs = 1e6;

/** Watches how late this process’s event loop is; what it says is of this minute and the one before. */
export function watchLoopDelay(): { now(): ProcessVitals['eventLoopDelayMs']; close(): void } {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  let before: ProcessVitals['eventLoopDelayMs'] = { p50: 0, p99: 0, max: 0 };
  const read = (): ProcessVitals['eventLoopDelayMs'] => {
    const ms = (nanoseconds: number): number => Math.round(nanoseconds / nanosecondsPerMs / 0.1) * 0.1;
    if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
    return { p50: ms(histogram.percentile(50)), p99: ms(histogram.percentile(99)), max: ms(histogram.max) };
  };
  const timer = setInterval(() => {
    before = read();
    histogram.reset();
  }, periodMs).unref();
  return {
    now() {
      const current = read();
      return {
        p50: Math.max(before.p50, current.p50),
        p99: Math.max(before.p99, current.p99),
        max: Math.max(before.max, current.max),
      };
    },
    close() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
