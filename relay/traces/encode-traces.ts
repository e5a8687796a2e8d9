import { randomFillSync } from 'node:crypto';
import { ProtobufWriter, utf8Length, varintLength } from './protobuf-writer.ts';
import type { RequestTrace } from './traced-request.ts';

/** Who makes the spans. */
export interface SpanSource {
  /** Attributes of the resource, OpenTelemetry’s semantic conventions. */
  readonly resource: Readonly<Record<string, unknown>>;
  readonly version: string;
}

/** Spans as OTLP has them. */
export interface EncodedSpans {
  /** An `ExportTraceServiceRequest` in protobuf; good until the next one is made. */
  readonly body: Uint8Array;
  readonly spans: number;
}

// opentelemetry-proto, trace/v1/trace.proto: SpanKind, StatusCode, SpanFlags.
const internal = 1;
const server = 2;
const client = 3;
const statusError = 2;
const sampled = 0x1;
const knowsParent = 0x100;
const parentIsRemote = 0x200;

type Attribute = readonly [key: Uint8Array, value: string | number];

/** Names of attributes as each `KeyValue` begins with them. */
const keys = {
  method: keyBytes('http.request.method'),
  requestSize: keyBytes('http.request.body.size'),
  responseSize: keyBytes('http.response.body.size'),
  status: keyBytes('http.response.status_code'),
  requestId: keyBytes('causeway.request_id'),
  outcome: keyBytes('causeway.outcome'),
  api: keyBytes('causeway.api'),
  decision: keyBytes('causeway.decision'),
  problem: keyBytes('causeway.problem'),
  gate: keyBytes('causeway.gate'),
} as const;

/** What differs between spans of one request. */
interface Span {
  /** In hexadecimal digits; null for a new one. */
  readonly id: string | null;
  /** Of the request’s own span, the caller’s; the others are below that. */
  readonly isOwn: boolean;
  readonly name: string;
  readonly kind: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly attributes: readonly Attribute[];
  /** Why it is an error; null when it is none. */
  readonly error: string | null;
}

/**
 * Makes the spans of requests: of each the request itself, and below it `gates`, `policy`, `limits`, `audit commit`, `api` (of kind
 * client, the API’s parent) and `body`. Names and attributes hold no person and no path. Written as bytes without objects between:
 * with those of OpenTelemetry’s library, tracing took a fifth of a relay’s requests.
 */
export function createSpanEncoder({
  resource,
  version,
}: SpanSource): (traces: readonly RequestTrace[]) => EncodedSpans {
  const [whole, scopeSpans, span] = [new ProtobufWriter(), new ProtobufWriter(), new ProtobufWriter()];
  const resourceBytes = bytesOf((writer) => {
    for (const [key, value] of Object.entries(resource))
      writeAttribute(writer, 1, [keyBytes(key), typeof value === 'number' ? value : String(value)]);
  });
  const scopeBytes = bytesOf((writer) => {
    writer.text(1, 'causeway-relay');
    writer.text(2, version);
  });

  let spans = 0;
  const [traceId, ownId, newId] = [Buffer.alloc(16), Buffer.alloc(8), Buffer.alloc(8)];
  const write = (trace: RequestTrace, one: Span): void => {
    const { id, isOwn, name, kind, fromMs, toMs, attributes, error } = one;
    if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return;
    span.clear();
    span.message(1, traceId);
    if (isOwn) span.message(2, ownId);
    else if (id === null) span.message(2, takeRandom(newId));
    else span.hex(2, id);
    if (trace.state !== '') span.text(3, trace.state);
    if (!isOwn) span.message(4, ownId);
    else if (trace.parentId !== null) span.hex(4, trace.parentId);
    span.text(5, name);
    span.varint(6, kind);
    span.timeNs(7, fromMs);
    span.timeNs(8, toMs);
    for (const attribute of attributes) writeAttribute(span, 9, attribute);
    if (error !== null)
      span.message(
        15,
        bytesOf((writer) => {
          writer.text(2, error);
          writer.varint(3, statusError);
        }),
      );
    span.fixed32(16, sampled | knowsParent | (isOwn && trace.parentId !== null ? parentIsRemote : 0));
    scopeSpans.message(2, span.written);
    spans += 1;
  };

  return (traces) => {
    spans = 0;
    scopeSpans.clear();
    scopeSpans.message(1, scopeBytes);
    for (const trace of traces) {
      traceId.write(trace.traceId, 'hex');
      takeRandom(ownId);
      for (const one of spansOf(trace)) write(trace, one);
    }
    span.clear();
    span.message(1, resourceBytes);
    span.message(2, scopeSpans.written);
    whole.clear();
    whole.message(1, span.written);
    return { body: whole.written, spans };
  };
}

const pool = Buffer.alloc(8192);
let used = pool.length;

/** Fills an id with new bytes; from many at once, as it is done several times for each request. */
function takeRandom(id: Buffer): Buffer {
  if (used + id.length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  for (let index = 0; index < id.length; index += 1) id[index] = pool[used + index] as number;
  used += id.length;
  return id;
}

function bytesOf(write: (writer: ProtobufWriter) => void): Uint8Array {
  const writer = new ProtobufWriter(256);
  write(writer);
  return Uint8Array.from(writer.written);
}

function keyBytes(key: string): Uint8Array {
  return bytesOf((writer) => writer.text(1, key));
}

/** A `KeyValue` with an `AnyValue` in it, whose lengths come first. */
function writeAttribute(writer: ProtobufWriter, field: number, [key, value]: Attribute): void {
  const isNumber = typeof value === 'number';
  const textLength = isNumber ? 0 : utf8Length(value);
  const valueLength = 1 + (isNumber ? varintLength(value) : varintLength(textLength) + textLength);
  writer.begin(field, key.length + 1 + varintLength(valueLength) + valueLength);
  writer.raw(key);
  writer.begin(2, valueLength);
  if (isNumber) writer.varint(3, value);
  else writer.text(1, value);
}

function spansOf(trace: RequestTrace): readonly Span[] {
  const { beganMs, gatesMs, policyMs, limitsMs, recordedMs, sentMs, answeredMs, endedMs } = trace;
  const decidedMs = [limitsMs, policyMs, gatesMs].find((ms) => !Number.isNaN(ms)) ?? Number.NaN;
  const isAnswered = !Number.isNaN(answeredMs);
  const within = (name: string, fromMs: number, toMs: number, attributes: readonly Attribute[] = []): Span => ({
    id: null,
    isOwn: false,
    name,
    kind: internal,
    fromMs,
    toMs,
    attributes,
    error: null,
  });
  return [
    {
      id: null,
      isOwn: true,
      name: trace.api === '' ? trace.method : `${trace.method} ${trace.api}`,
      kind: server,
      fromMs: beganMs,
      toMs: endedMs,
      attributes: attributesOf(trace),
      error: errorOf(trace),
    },
    within('gates', beganMs, gatesMs, trace.refusedBy === null ? [] : [[keys.gate, trace.refusedBy]]),
    within('policy', gatesMs, policyMs),
    within('limits', policyMs, limitsMs),
    within('audit commit', decidedMs, recordedMs),
    {
      ...within('api', sentMs, isAnswered ? answeredMs : endedMs, [[keys.api, trace.api]]),
      id: trace.apiSpanId,
      kind: client,
      error: isAnswered ? null : errorOf(trace),
    },
    within('body', answeredMs, endedMs, [[keys.responseSize, trace.responseBytes]]),
  ];
}

function attributesOf(trace: RequestTrace): readonly Attribute[] {
  const attributes: Attribute[] = [
    [keys.method, trace.method],
    [keys.requestSize, trace.requestBytes],
    [keys.responseSize, trace.responseBytes],
    [keys.requestId, trace.requestId],
    [keys.outcome, trace.outcome],
  ];
  if (trace.api !== '') attributes.push([keys.api, trace.api]);
  if (trace.decision !== null) attributes.push([keys.decision, trace.decision]);
  if (trace.code !== null) attributes.push([keys.problem, trace.code]);
  if (trace.status !== null) attributes.push([keys.status, trace.status]);
  return attributes;
}

/** Of a server’s span an answer of 4xx is no error (OpenTelemetry, HTTP spans). */
function errorOf({ status, outcome, code }: RequestTrace): string | null {
  return outcome === 'completed' && (status ?? 0) < 500 ? null : (code ?? outcome);
}
