import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSpanEncoder } from '../../../relay/traces/encode-traces.ts';
import { ProtobufWriter } from '../../../relay/traces/protobuf-writer.ts';
import { TraceGatherer, tracesOfBatch } from '../../../relay/traces/trace-batch.ts';
import type { RequestTrace } from '../../../relay/traces/traced-request.ts';
import { spansIn } from './otlp-receiver.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const beganMs = 1_795_000_000_123.456;

const whole: RequestTrace = {
  traceId,
  parentId: spanId,
  state: 'vendor=ü',
  apiSpanId: 'b7ad6b7169203332',
  method: 'GET',
  api: 'orders',
  requestId: 'pQ3x',
  beganMs,
  gatesMs: beganMs + 1,
  policyMs: beganMs + 2,
  limitsMs: beganMs + 3,
  recordedMs: beganMs + 4,
  sentMs: beganMs + 3.5,
  answeredMs: beganMs + 5,
  endedMs: beganMs + 1000,
  decision: 'allow',
  refusedBy: null,
  code: null,
  status: 200,
  outcome: 'completed',
  requestBytes: 7,
  responseBytes: 2 ** 40,
};
const encode = createSpanEncoder({ version: '1.2.3', resource: { 'service.name': 'relay', answer: 42 } });
const spansOf = (trace: RequestTrace) => spansIn(Buffer.from(encode([trace]).body));

it('a request with all that can happen has seven spans, each with its times to the microsecond', () => {
  const spans = spansOf(whole);
  expect(spans.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'GET orders 2',
    'gates 1',
    'policy 1',
    'limits 1',
    'audit commit 1',
    'api 3',
    'body 1',
  ]);
  const [own] = spans;
  expect(own).toMatchObject({ service: 'relay', traceId, parentId: spanId, state: 'vendor=ü', status: 0 });
  expect(own?.attributes['http.response.body.size']).toBe(2 ** 40);
  for (const { fromNs } of spans) expect(fromNs / 1_000_000_000n).toBe(1_795_000_000n);
  expect(Number((own?.fromNs ?? 0n) % 1_000_000_000n) / 1e6).toBeCloseTo(123.456, 3);
  expect((own?.toNs ?? 0n) - (own?.fromNs ?? 0n)).toBe(1_000_000_000n);
  expect(spans.slice(1).map(({ parentId }) => parentId)).toEqual(Array.from({ length: 6 }, () => own?.spanId));
  expect(new Set(spans.map((span) => span.spanId)).size).toBe(7);
  expect(spans[5]?.spanId).toBe(whole.apiSpanId);
});

it.each<[string, Partial<RequestTrace>, readonly string[], number]>([
  [
    'a refusal by a gate',
    {
      policyMs: NaN,
      limitsMs: NaN,
      sentMs: NaN,
      answeredMs: NaN,
      refusedBy: 'path',
      code: 'path-not-canonical',
      status: 400,
    },
    ['GET orders', 'gates', 'audit commit'],
    0,
  ],
  [
    'an API that doesn’t answer',
    { answeredMs: NaN, code: 'upstream-timeout', status: 504 },
    ['GET orders', 'gates', 'policy', 'limits', 'audit commit', 'api'],
    2,
  ],
  [
    'a trace that begins here, of no API',
    { parentId: null, state: '', api: '' },
    ['GET', 'gates', 'policy', 'limits', 'audit commit', 'api', 'body'],
    0,
  ],
])('%s has the spans of what it came to', (_what, changes, names, status) => {
  const spans = spansOf({ ...whole, ...changes });
  expect(spans.map(({ name }) => name)).toEqual(names);
  expect(spans[0]).toMatchObject({ status, parentId: changes.parentId === null ? '' : spanId });
});

it('what comes out of a batch is what went into it', () => {
  const traces: readonly RequestTrace[] = [
    whole,
    { ...whole, parentId: null, state: '', status: null, decision: null, code: 'overloaded', refusedBy: 'path' },
  ];
  const gatherer = new TraceGatherer(2);
  for (const trace of traces) gatherer.add(trace);
  expect([gatherer.count, gatherer.isFull]).toEqual([2, true]);
  const batch = gatherer.take();
  expect([gatherer.count, gatherer.isFull]).toEqual([0, false]);
  expect(tracesOfBatch(structuredClone(batch, { transfer: [batch.numbers.buffer] }))).toEqual(traces);
});

it('many requests are one body, which outgrows the room that there was', () => {
  const { body, spans } = encode(Array.from({ length: 200 }, () => whole));
  expect(spans).toBe(1400);
  expect(spansIn(Buffer.from(body))).toHaveLength(1400);
});

it('any number and text can be read again', () => {
  const writer = new ProtobufWriter();
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.integer({ min: 0, max: 4_102_444_800_000 }),
      (number, text, ms) => {
        writer.clear();
        writer.text(3, text);
        writer.timeNs(7, ms);
        const attribute = new ProtobufWriter();
        attribute.varint(3, number);
        const pair = new ProtobufWriter();
        pair.text(1, 'number');
        pair.message(2, attribute.written);
        writer.message(9, pair.written);
        const [scope, resource, all] = [new ProtobufWriter(), new ProtobufWriter(), new ProtobufWriter()];
        scope.message(2, writer.written);
        resource.message(2, scope.written);
        all.message(1, resource.written);
        const [span] = spansIn(all.written);
        expect(span).toMatchObject({ state: text, fromNs: BigInt(ms) * 1_000_000n, attributes: { number } });
      },
    ),
    { numRuns: 30 },
  );
});
