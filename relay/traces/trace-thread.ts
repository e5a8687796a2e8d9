import './lower-priority.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { type SpanSource, spansOfRequest } from './spans-of-request.ts';
import type { RequestTrace } from './traced-request.ts';

/** What the thread tells of a batch that it was sent: how it ended, and with how many spans. */
export interface TraceReport {
  readonly requests: number;
  readonly spans: number;
  /** Null when the receiver has them. */
  readonly failure: string | null;
}

/** Traces that are sent together. */
export type TraceBatch = readonly RequestTrace[];

const version = String((workerData as { version: unknown }).version);

const source: SpanSource = {
  version,
  // What the environment says of the service comes last, and wins.
  resource: defaultResource()
    .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'causeway-relay', [ATTR_SERVICE_VERSION]: version }))
    .merge(detectResources({ detectors: [envDetector] })),
};
const exporter = new OTLPTraceExporter();
let work: Promise<void> = Promise.resolve();

async function send(traces: readonly RequestTrace[]): Promise<void> {
  const spans = traces.flatMap((trace) => spansOfRequest(trace, source));
  const report: TraceReport = { requests: traces.length, spans: spans.length, failure: await exported(spans) };
  parentPort?.postMessage(report);
}

function exported(spans: ReadableSpan[]): Promise<string | null> {
  return new Promise((resolve) => {
    try {
      exporter.export(spans, ({ code, error }) => resolve(code === 0 ? null : (error?.message ?? 'it was refused')));
    } catch (error) {
      resolve(error instanceof Error ? error.message : String(error));
    }
  });
}

parentPort?.on('message', (batch: TraceBatch) => {
  work = work.then(() => send(batch));
});
