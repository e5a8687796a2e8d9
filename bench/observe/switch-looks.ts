// Loaded by Node before the relay (`--import`): whoever imports its metrics and traces gets those that are switched on and off
// at the Unix socket that CAUSEWAY_LOOKS names, each line the JSON of what is in force from then on.
import { createRequire, registerHooks } from 'node:module';
import { createServer } from 'node:net';
import type PerfHooks from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { isMainThread } from 'node:worker_threads';
import { inForce, type Looks, looksVariable } from './looks.ts';

const standIns = new Map(
  [
    ['../../relay/metrics/relay-metrics.ts', './switched-metrics.ts'],
    ['../../relay/traces/start-traces.ts', './switched-traces.ts'],
  ].map(([real = '', standIn = '']) => [new URL(real, import.meta.url).href, new URL(standIn, import.meta.url).href]),
);

if (isMainThread) {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const found = nextResolve(specifier, context);
      const standIn = standIns.get(found.url);
      return standIn === undefined || context.parentURL === standIn ? found : { ...found, url: standIn };
    },
  });
  switchProcessMetrics();
  const server = createServer((socket) => {
    createInterface({ input: socket }).on('line', (line) => {
      inForce.looks = JSON.parse(line) as Looks;
      for (const change of inForce.onChange) change();
      socket.write('\n');
    });
  });
  const socketPath = process.env[looksVariable];
  if (socketPath !== undefined) server.listen(socketPath).unref();
}

/** prom-client’s own look at collections and at the event loop’s delay; the relay’s imports are others, and stay as they are. */
function switchProcessMetrics(): void {
  const hooks = createRequire(import.meta.url)('perf_hooks') as {
    -readonly [Key in keyof typeof PerfHooks]: (typeof PerfHooks)[Key];
  };
  const { monitorEventLoopDelay, PerformanceObserver } = hooks;
  hooks.monitorEventLoopDelay = (options) => {
    const histogram = monitorEventLoopDelay(options);
    inForce.onChange.push(() => void (inForce.looks.metrics ? histogram.enable() : histogram.disable()));
    return histogram;
  };
  hooks.PerformanceObserver = class extends PerformanceObserver {
    override observe(options: Parameters<PerfHooks.PerformanceObserver['observe']>[0]): void {
      super.observe(options);
      inForce.onChange.push(() => (inForce.looks.metrics ? super.observe(options) : this.disconnect()));
    }
  } as typeof PerformanceObserver;
}
