import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A span as a receiver of OTLP reads it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly state: string;
  readonly name: string;
  readonly kind: number;
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2 is an error. */
  readonly status: number;
}

/** A receiver of traces over OTLP/HTTP in protobuf (opentelemetry-proto, trace/v1). */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** All bytes that came, as text. */
  readonly said: () => string;
  close(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const sent = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/x-protobuf') {
        response.writeHead(400).end();
        return;
      }
      bodies.push(body);
      spans.push(...spansIn(body));
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    said: () => Buffer.concat(bodies).toString('latin1'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Field = Buffer | bigint;
type Message = ReadonlyMap<number, readonly Field[]>;

/** One message of protobuf’s wire format: varints, 64 and 32 bits, and what has a length. */
function decode(bytes: Buffer): Message {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    let value: Field;
    switch (tag & 7) {
      case 0:
        value = varint();
        break;
      case 1:
        value = bytes.readBigUInt64LE(at);
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        value = bytes.subarray(at, at + length);
        at += length;
        break;
      }
      case 5:
        value = BigInt(bytes.readUInt32LE(at));
        at += 4;
        break;
      default:
        throw new Error(`A field of the wire type ${tag & 7}.`);
    }
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

const bytesOf = (message: Message, field: number): readonly Buffer[] => (message.get(field) ?? []) as readonly Buffer[];
const one = (message: Message, field: number): Buffer => bytesOf(message, field)[0] ?? Buffer.alloc(0);
const text = (message: Message, field: number): string => one(message, field).toString('utf8');
const number = (message: Message, field: number): bigint => (message.get(field)?.[0] as bigint | undefined) ?? 0n;

function valueOf(message: Message): unknown {
  if (message.has(1)) return text(message, 1);
  if (message.has(3)) return Number(number(message, 3));
  if (message.has(4)) return Buffer.from(BigUint64Array.of(number(message, 4)).buffer).readDoubleLE(0);
  return null;
}

function attributesOf(message: Message, field: number): Record<string, unknown> {
  const pairs = bytesOf(message, field).map((bytes) => decode(bytes));
  return Object.fromEntries(pairs.map((pair) => [text(pair, 1), valueOf(decode(one(pair, 2)))]));
}

/** Spans of an `ExportTraceServiceRequest`. */
export function spansIn(body: Buffer): readonly ReceivedSpan[] {
  return bytesOf(decode(body), 1).flatMap((resourceSpans) => {
    const outer = decode(resourceSpans);
    const service = String(attributesOf(decode(one(outer, 1)), 1)['service.name']);
    return bytesOf(outer, 2).flatMap((scopeSpans) =>
      bytesOf(decode(scopeSpans), 2).map((bytes) => {
        const span = decode(bytes);
        return {
          service,
          traceId: one(span, 1).toString('hex'),
          spanId: one(span, 2).toString('hex'),
          state: text(span, 3),
          parentId: one(span, 4).toString('hex'),
          name: text(span, 5),
          kind: Number(number(span, 6)),
          fromNs: number(span, 7),
          toNs: number(span, 8),
          attributes: attributesOf(span, 9),
          status: Number(number(decode(one(span, 15)), 3)),
        };
      }),
    );
  });
}
