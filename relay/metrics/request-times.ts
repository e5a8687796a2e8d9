import { Counter, type Registry } from 'prom-client';
import { GatheredHistogram, type Timer } from './gathered-histogram.ts';

/** As OpenTelemetry’s semantic conventions advise for HTTP servers, seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const labelNames = ['api', 'decision', 'status_class'];

/**
 * Times of decided requests by API, decision and class of the status.
 * @param isDetailed by buckets; otherwise as sum and count alone, which is a tenth of the text
 */
export function requestTimes(
  registry: Registry,
  isDetailed: boolean,
): (api: string, decision: string, statusClass: string) => Timer {
  const registers = [registry];
  const metric = {
    name: 'http_server_request_duration_seconds',
    help: 'Requests that were decided, from their head to their outcome, by API, decision and class of the status.',
  };
  if (isDetailed) {
    const histogram = new GatheredHistogram({ ...metric, labelNames, buckets, registry });
    return (...labels) => histogram.timer(...labels);
  }
  const { name, help } = metric;
  const count = new Counter({ name: `${name}_count`, help, labelNames, registers });
  const sum = new Counter({ name: `${name}_sum`, help, labelNames, registers });
  return (...labels) => {
    const [counted, summed] = [count.labels(...labels), sum.labels(...labels)];
    return {
      observe(seconds) {
        counted.inc();
        summed.inc(seconds);
      },
    };
  };
}
