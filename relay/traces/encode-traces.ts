import { randomFillSync } from 'node:crypto';
import { ProtobufWriter, utf8Length, varintLength, writeHex } from './protobuf-writer.ts';
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

/** What the words of an attribute are, as the bytes of a span; they come from few. */
const words = {
  method: encodedOnce('http.request.method'),
  status: encodedOnce('http.response.status_code'),
  outcome: encodedOnce('causeway.outcome'),
  api: encodedOnce('causeway.api'),
  decision: encodedOnce('causeway.decision'),
  problem: encodedOnce('causeway.problem'),
  gate: encodedOnce('causeway.gate'),
} as const;

/** Names of attributes as each `KeyValue` begins with them, whose values differ from request to request. */
const keys = {
  requestSize: keyBytes('http.request.body.size'),
  responseSize: keyBytes('http.response.body.size'),
  requestId: keyBytes('causeway.request_id'),
} as const;

const names = {
  gates: nameBytes('gates', internal),
  policy: nameBytes('policy', internal),
  limits: nameBytes('limits', internal),
  commit: nameBytes('audit commit', internal),
  api: nameBytes('api', client),
  body: nameBytes('body', internal),
} as const;

/** Flags as bytes of a span: of one whose parent is of this relay, or that has none, and of one whose parent is the caller’s. */
const flags = {
  below: flagBytes(sampled | knowsParent),
  ofCaller: flagBytes(sampled | knowsParent | parentIsRemote),
} as const;

const idBytes = 8;
const ownName = new Map<string, Uint8Array>();

/**
 * Makes the spans of requests: of each the request itself, and below it `gates`, `policy`, `limits`, `audit commit`, `api` (of kind
 * client, the API’s parent) and `body`. Names and attributes hold no person and no path. Written straight into one buffer, without an
 * object of a span and without a copy: with OpenTelemetry’s library, tracing took a fifth of a relay’s requests.
 */
export function createSpanEncoder({
  resource,
  version,
}: SpanSource): (traces: readonly RequestTrace[]) => EncodedSpans {
  const writer = new ProtobufWriter();
  const resourceBytes = bytesOf((own) => {
    for (const [key, value] of Object.entries(resource))
      writeAttribute(own, 1, keyBytes(key), typeof value === 'number' ? value : String(value));
  });
  const scopeBytes = bytesOf((own) => {
    own.text(1, 'causeway-relay');
    own.text(2, version);
  });
  // Ids as a span begins with them: its trace, itself, its parent.
  const ids = bytesOf((own) => {
    own.message(1, new Uint8Array(2 * idBytes));
    own.message(2, new Uint8Array(idBytes));
    own.message(4, new Uint8Array(idBytes));
  });
  const at = { trace: 2, span: 4 + 2 * idBytes, parent: 6 + 3 * idBytes };
  const withoutParent = ids.subarray(0, 4 + 3 * idBytes);
  const ownId = new Uint8Array(idBytes);
  let spans = 0;

  const begin = (begins: Uint8Array, name: Uint8Array, fromMs: number, toMs: number, state: string): void => {
    spans += 1;
    writer.open(2);
    writer.raw(begins);
    writer.raw(name);
    writer.timeNs(7, fromMs);
    writer.timeNs(8, toMs);
    if (state !== '') writer.text(3, state);
  };

  const writeOwn = (trace: RequestTrace): void => {
    takeRandom(ownId, 0);
    ids.set(ownId, at.span);
    const { parentId, api, method } = trace;
    if (parentId !== null) writeHex(ids, at.parent, parentId);
    const name = api === '' ? method : `${method} ${api}`;
    let nameWritten = ownName.get(name);
    if (nameWritten === undefined) ownName.set(name, (nameWritten = nameBytes(name, server)));
    begin(parentId === null ? withoutParent : ids, nameWritten, trace.beganMs, trace.endedMs, trace.state);
    writer.raw(words.method(method));
    writeAttribute(writer, 9, keys.requestSize, trace.requestBytes);
    writeAttribute(writer, 9, keys.responseSize, trace.responseBytes);
    writeAttribute(writer, 9, keys.requestId, trace.requestId);
    writer.raw(words.outcome(trace.outcome));
    if (api !== '') writer.raw(words.api(api));
    if (trace.decision !== null) writer.raw(words.decision(trace.decision));
    if (trace.code !== null) writer.raw(words.problem(trace.code));
    if (trace.status !== null) writer.raw(words.status(trace.status));
    const error = errorOf(trace);
    if (error !== null) writeError(writer, error);
    writer.raw(parentId === null ? flags.below : flags.ofCaller);
    writer.close();
    ids.set(ownId, at.parent);
  };

  const within = (name: Uint8Array, fromMs: number, toMs: number, state: string): boolean => {
    if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return false;
    takeRandom(ids, at.span);
    begin(ids, name, fromMs, toMs, state);
    return true;
  };
  const end = (): void => {
    writer.raw(flags.below);
    writer.close();
  };

  const writeBelow = (trace: RequestTrace): void => {
    const { state, beganMs, gatesMs, policyMs, limitsMs, recordedMs, sentMs, answeredMs, endedMs } = trace;
    if (within(names.gates, beganMs, gatesMs, state)) {
      if (trace.refusedBy !== null) writer.raw(words.gate(trace.refusedBy));
      end();
    }
    if (within(names.policy, gatesMs, policyMs, state)) end();
    if (within(names.limits, policyMs, limitsMs, state)) end();
    const decidedMs = Number.isNaN(limitsMs) ? (Number.isNaN(policyMs) ? gatesMs : policyMs) : limitsMs;
    if (within(names.commit, decidedMs, recordedMs, state)) end();
    const isAnswered = !Number.isNaN(answeredMs);
    if (!Number.isNaN(sentMs)) {
      writeHex(ids, at.span, trace.apiSpanId);
      begin(ids, names.api, sentMs, isAnswered ? answeredMs : endedMs, state);
      writer.raw(words.api(trace.api));
      const error = isAnswered ? null : errorOf(trace);
      if (error !== null) writeError(writer, error);
      end();
    }
    if (within(names.body, answeredMs, endedMs, state)) {
      writeAttribute(writer, 9, keys.responseSize, trace.responseBytes);
      end();
    }
  };

  return (traces) => {
    spans = 0;
    writer.clear();
    writer.open(1);
    writer.message(1, resourceBytes);
    writer.open(2);
    writer.message(1, scopeBytes);
    for (const trace of traces) {
      writeHex(ids, at.trace, trace.traceId);
      writeOwn(trace);
      writeBelow(trace);
    }
    writer.close();
    writer.close();
    return { body: writer.written, spans };
  };
}

const pool = Buffer.alloc(8192);
let used = pool.length;

/** Writes a new id of a span; from many at once, as it is done several times for each request. */
function takeRandom(bytes: Uint8Array, at: number): void {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  for (let index = 0; index < idBytes; index += 1) bytes[at + index] = pool[used + index] as number;
  used += idBytes;
}

function bytesOf(write: (writer: ProtobufWriter) => void): Uint8Array {
  const writer = new ProtobufWriter(256);
  write(writer);
  return Uint8Array.from(writer.written);
}

function keyBytes(key: string): Uint8Array {
  return bytesOf((writer) => writer.text(1, key));
}

function nameBytes(name: string, kind: number): Uint8Array {
  return bytesOf((writer) => {
    writer.text(5, name);
    writer.varint(6, kind);
  });
}

function flagBytes(value: number): Uint8Array {
  return bytesOf((writer) => writer.fixed32(16, value));
}

/** An attribute of a span as bytes by its value, each of which is written once: no caller chooses one. */
function encodedOnce<Value extends string | number>(key: string): (value: Value) => Uint8Array {
  const known = new Map<Value, Uint8Array>();
  const begins = keyBytes(key);
  return (value) => {
    let bytes = known.get(value);
    if (bytes === undefined) known.set(value, (bytes = bytesOf((writer) => writeAttribute(writer, 9, begins, value))));
    return bytes;
  };
}

/** A `KeyValue` with an `AnyValue` in it, whose lengths come first. */
function writeAttribute(writer: ProtobufWriter, field: number, key: Uint8Array, value: string | number): void {
  const isNumber = typeof value === 'number';
  const textLength = isNumber ? 0 : utf8Length(value);
  const valueLength = 1 + (isNumber ? varintLength(value) : varintLength(textLength) + textLength);
  writer.begin(field, key.length + 1 + varintLength(valueLength) + valueLength);
  writer.raw(key);
  writer.begin(2, valueLength);
  if (isNumber) writer.varint(3, value);
  else writer.text(1, value);
}

function writeError(writer: ProtobufWriter, error: string): void {
  writer.open(15);
  writer.text(2, error);
  writer.varint(3, statusError);
  writer.close();
}

/** Of a server’s span an answer of 4xx is no error (OpenTelemetry, HTTP spans). */
function errorOf({ status, outcome, code }: RequestTrace): string | null {
  return outcome === 'completed' && (status ?? 0) < 500 ? null : (code ?? outcome);
}
