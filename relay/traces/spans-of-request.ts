import {
  type Attributes,
  type HrTime,
  SpanKind,
  type SpanContext,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
  createTraceState,
} from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { randomId } from './trace-context.ts';
import type { RequestTrace } from './traced-request.ts';

/** Who makes the spans. */
export interface SpanSource {
  readonly resource: Resource;
  readonly version: string;
}

/**
 * The spans of one request: the request itself, and below it `gates`, `policy`, `limits`, `audit commit`, `api` (of kind client, the
 * API’s parent) and `body`. Names and attributes hold no person and no path.
 */
export function spansOfRequest(trace: RequestTrace, source: SpanSource): readonly ReadableSpan[] {
  const state = trace.state === '' ? {} : { traceState: createTraceState(trace.state) };
  const contextOf = (spanId: string): SpanContext => ({
    traceId: trace.traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    ...state,
  });
  const own = contextOf(trace.spanId);
  const spans: ReadableSpan[] = [];
  const add = (
    name: string,
    kind: SpanKind,
    [fromMs, toMs]: readonly [fromMs: number, toMs: number],
    attributes: Attributes,
    { id = randomId(8), status = unset }: { readonly id?: string; readonly status?: SpanStatus } = {},
  ): void => {
    if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return;
    const context = id === trace.spanId ? own : contextOf(id);
    const parent = id === trace.spanId ? parentOf(trace) : own;
    spans.push({
      name,
      kind,
      spanContext: () => context,
      ...(parent === null ? {} : { parentSpanContext: parent }),
      startTime: hrTime(fromMs),
      endTime: hrTime(toMs),
      duration: hrTime(Math.max(0, toMs - fromMs)),
      status,
      attributes,
      links: [],
      events: [],
      ended: true,
      resource: source.resource,
      instrumentationScope: { name: 'causeway-relay', version: source.version },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    });
  };
  const { beganMs, gatesMs, policyMs, limitsMs, recordedMs, sentMs, answeredMs, endedMs } = trace;
  const decidedMs = [limitsMs, policyMs, gatesMs].find((ms) => !Number.isNaN(ms)) ?? Number.NaN;
  add(
    trace.api === '' ? trace.method : `${trace.method} ${trace.api}`,
    SpanKind.SERVER,
    [beganMs, endedMs],
    attributesOf(trace),
    {
      id: trace.spanId,
      status: statusOf(trace),
    },
  );
  add(
    'gates',
    SpanKind.INTERNAL,
    [beganMs, gatesMs],
    trace.refusedBy === null ? {} : { 'causeway.gate': trace.refusedBy },
  );
  add('policy', SpanKind.INTERNAL, [gatesMs, policyMs], {});
  add('limits', SpanKind.INTERNAL, [policyMs, limitsMs], {});
  add('audit commit', SpanKind.INTERNAL, [decidedMs, recordedMs], {});
  add(
    'api',
    SpanKind.CLIENT,
    [sentMs, Number.isNaN(answeredMs) ? endedMs : answeredMs],
    { 'causeway.api': trace.api },
    {
      id: trace.apiSpanId,
      status: Number.isNaN(answeredMs) ? statusOf(trace) : unset,
    },
  );
  add('body', SpanKind.INTERNAL, [answeredMs, endedMs], { 'http.response.body.size': trace.responseBytes });
  return spans;
}

const unset: SpanStatus = { code: SpanStatusCode.UNSET };

function attributesOf(trace: RequestTrace): Attributes {
  return {
    'http.request.method': trace.method,
    'http.request.body.size': trace.requestBytes,
    'http.response.body.size': trace.responseBytes,
    'causeway.request_id': trace.requestId,
    'causeway.outcome': trace.outcome,
    ...(trace.api === '' ? {} : { 'causeway.api': trace.api }),
    ...(trace.decision === null ? {} : { 'causeway.decision': trace.decision }),
    ...(trace.code === null ? {} : { 'causeway.problem': trace.code }),
    ...(trace.status === null ? {} : { 'http.response.status_code': trace.status }),
  };
}

/** Of a server’s span an answer of 4xx is no error (OpenTelemetry, HTTP spans). */
function statusOf({ status, outcome, code }: RequestTrace): SpanStatus {
  if (outcome === 'completed' && (status ?? 0) < 500) return unset;
  return { code: SpanStatusCode.ERROR, message: code ?? outcome };
}

function parentOf({ traceId, parentId }: RequestTrace): SpanContext | null {
  return parentId === null ? null : { traceId, spanId: parentId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
