import '../programs/lower-priority.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { detectResources, envDetector } from '@opentelemetry/resources';
import {
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
  ATTR_TELEMETRY_SDK_LANGUAGE,
  ATTR_TELEMETRY_SDK_NAME,
  ATTR_TELEMETRY_SDK_VERSION,
} from '@opentelemetry/semantic-conventions';
import { createSpanEncoder } from './encode-traces.ts';
import { otlpSettings } from './otlp-settings.ts';
import { openOtlpSender, type OtlpSender } from './send-otlp.ts';
import { type TraceBatch, tracesOfBatch } from './trace-batch.ts';

/** What the thread tells of a batch that it was sent: how it ended, and with how many spans. */
export interface TraceReport {
  readonly requests: number;
  readonly spans: number;
  /** Null when the receiver has them. */
  readonly failure: string | null;
}

const version = String((workerData as { version: unknown }).version);
const name = 'causeway-relay';

const encode = createSpanEncoder({
  version,
  resource: {
    [ATTR_SERVICE_NAME]: name,
    [ATTR_SERVICE_VERSION]: version,
    [ATTR_TELEMETRY_SDK_LANGUAGE]: 'nodejs',
    [ATTR_TELEMETRY_SDK_NAME]: name,
    [ATTR_TELEMETRY_SDK_VERSION]: version,
    // What the environment says of the service comes last, and wins.
    ...detectResources({ detectors: [envDetector] }).attributes,
  },
});
let sender: OtlpSender | null = null;
let work: Promise<void> = Promise.resolve();

async function send(batch: TraceBatch): Promise<void> {
  const { body, spans } = encode(tracesOfBatch(batch));
  const report: TraceReport = { requests: batch.count, spans, failure: await sent(body) };
  parentPort?.postMessage(report);
}

async function sent(body: Uint8Array): Promise<string | null> {
  try {
    sender ??= openOtlpSender(otlpSettings(process.env));
    return await sender.send(body);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

parentPort?.on('message', (batch: TraceBatch) => {
  work = work.then(() => send(batch));
});
