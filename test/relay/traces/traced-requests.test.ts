import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openTraceSender, type TraceOutcome } from '../../../relay/traces/send-traces.ts';
import type { RequestTrace } from '../../../relay/traces/traced-request.ts';
import { freePort } from '../../support/free-port.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';

let receiver: OtlpReceiver;
let world: PipelineWorld;
const heard: IncomingHttpHeaders[] = [];
const api = createServer((request, response) => {
  heard.push(request.headers);
  if (request.url === '/broken') request.socket.destroy();
  else response.end('{"answer":42}');
});

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
  vi.stubEnv('OTEL_SERVICE_NAME', 'relay-in-a-test');
  world = await startPipelineWorld({
    apis: [
      {
        id: 'orders',
        name: 'Orders',
        upstream,
        rules: [
          { name: 'everybody', groups: ['*'] },
          { name: 'nobody', effect: 'deny', groups: ['*'], paths: ['/secret-plans'] },
        ],
      },
      { id: 'plain', name: 'Plain', upstream, drop_headers: ['traceparent', 'tracestate'] },
    ],
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await world?.close();
  await receiver?.close();
  api.close();
  api.closeAllConnections();
});

const traceOf = (digit: string): string => digit.repeat(32);
const callers = 'b7ad6b7169203331';

async function call(path: string, headers: Record<string, string> = {}, id = 'orders'): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${world.port(id)}${path}`, { headers });
  await answer.text();
  return answer.status;
}

/** Spans of a trace, by name, once the request’s own has come. */
async function spansOf(traceId: string): Promise<ReadonlyMap<string, ReceivedSpan>> {
  await vi.waitFor(
    () => expect(receiver.spans.some((span) => span.traceId === traceId && span.kind === 2)).toBe(true),
    { timeout: 20_000, interval: 50 },
  );
  return new Map(receiver.spans.filter((span) => span.traceId === traceId).map((span) => [span.name, span]));
}

it('a caller’s trace goes on through the relay to the API', async () => {
  const trace = traceOf('a');
  const headers = { traceparent: `00-${trace}-${callers}-01`, tracestate: 'vendor=value' };
  expect(await call('/orders/4711?customer=alice', headers)).toBe(200);
  const spans = await spansOf(trace);
  expect([...spans.keys()].toSorted()).toEqual(['GET orders', 'api', 'audit commit', 'body', 'gates', 'policy']);
  const whole = spans.get('GET orders');
  expect(whole).toMatchObject({
    service: 'relay-in-a-test',
    parentId: callers,
    state: 'vendor=value',
    kind: 2,
    status: 0,
  });
  expect(whole?.attributes).toEqual({
    'http.request.method': 'GET',
    'http.request.body.size': 0,
    'http.response.body.size': 13,
    'http.response.status_code': 200,
    'causeway.api': 'orders',
    'causeway.decision': 'allow',
    'causeway.outcome': 'completed',
    'causeway.request_id': world.decisions(1)[0]?.record.requestId,
  });
  for (const [name, span] of spans) {
    if (name === 'GET orders') continue;
    expect([name, span.parentId]).toEqual([name, whole?.spanId]);
    expect(span.fromNs >= (whole?.fromNs ?? 0n) && span.toNs <= (whole?.toNs ?? 0n) + 1_000_000n).toBe(true);
  }
  const known = heard.at(-1);
  expect(known).toMatchObject({
    traceparent: `00-${trace}-${spans.get('api')?.spanId}-01`,
    tracestate: 'vendor=value',
  });
});

it('a trace begins at the relay where the caller has none, or one that is malformed, whose state goes', async () => {
  const before = receiver.spans.length;
  expect(await call('/')).toBe(200);
  const made = String(heard.at(-1)?.['traceparent']);
  expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(await call('/', { traceparent: 'nonsense', tracestate: 'vendor=value' })).toBe(200);
  const other = String(heard.at(-1)?.['traceparent']);
  expect(other).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(other).not.toBe(made);
  expect(heard.at(-1)?.['tracestate']).toBeUndefined();
  const spans = await spansOf(made.slice(3, 35));
  expect(spans.get('GET orders')?.parentId).toBe('');
  await spansOf(other.slice(3, 35));
  expect(receiver.spans.length).toBeGreaterThan(before);
});

it('what the caller doesn’t trace passes as it came', async () => {
  const parent = `00-${traceOf('c')}-${callers}-00`;
  expect(await call('/', { traceparent: parent, tracestate: 'vendor=value' })).toBe(200);
  expect(heard.at(-1)).toMatchObject({ traceparent: parent, tracestate: 'vendor=value' });
});

it('an API that is to get no trace context gets none', async () => {
  expect(await call('/', { traceparent: `00-${traceOf('d')}-${callers}-01` }, 'plain')).toBe(200);
  expect(heard.at(-1)?.['traceparent']).toBeUndefined();
  expect((await spansOf(traceOf('d'))).has('GET plain')).toBe(true);
});

it.each<[string, string, string, Record<string, unknown>, number]>([
  [
    'a denial by policy',
    '/secret-plans',
    'e',
    { 'causeway.decision': 'deny', 'causeway.problem': 'policy-denied', 'http.response.status_code': 403 },
    0,
  ],
  [
    'a refusal by a gate',
    '/a%2Fb',
    'f',
    { 'causeway.decision': 'deny', 'causeway.problem': 'path-not-canonical', 'http.response.status_code': 400 },
    0,
  ],
  ['an API that breaks off', '/broken', '1', { 'causeway.decision': 'allow', 'http.response.status_code': 502 }, 2],
])('%s shows in its trace', async (_what, path, digit, attributes, status) => {
  expect(await call(path, { traceparent: `00-${traceOf(digit)}-${callers}-01` })).toBe(
    attributes['http.response.status_code'],
  );
  const spans = await spansOf(traceOf(digit));
  expect(spans.get('GET orders')).toMatchObject({ attributes, status });
  expect(spans.has('api')).toBe(digit === '1');
  if (digit === 'f') expect(spans.get('gates')?.attributes).toEqual({ 'causeway.gate': 'path' });
});

it('no span holds a person or a path', () => {
  expect(receiver.spans.length).toBeGreaterThan(20);
  expect(receiver.said()).not.toMatch(/alice|4711|secret-plans|broken|example\.com/);
});

const trace = (): RequestTrace => ({
  traceId: traceOf('9'),
  parentId: null,
  state: '',
  apiSpanId: callers,
  method: 'GET',
  api: 'orders',
  requestId: 'x',
  beganMs: 1,
  gatesMs: 2,
  policyMs: 3,
  limitsMs: Number.NaN,
  recordedMs: 4,
  sentMs: 5,
  answeredMs: 6,
  endedMs: 7,
  decision: 'allow',
  refusedBy: null,
  code: null,
  status: 200,
  outcome: 'completed',
  requestBytes: 0,
  responseBytes: 0,
});

it('a receiver that is away costs a counter: what waits is bounded, and the rest is dropped', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${await freePort()}`);
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '500');
  const ends: Record<TraceOutcome, number> = { exported: 0, failed: 0, dropped: 0 };
  const sender = openTraceSender({
    version: '1.0.0',
    log: pino({ level: 'silent' }),
    didEnd: (outcome, requests) => void (ends[outcome] += requests),
  });
  for (let index = 0; index < 10_000; index += 1) sender.send(trace());
  expect(ends).toEqual({ exported: 0, failed: 0, dropped: 10_000 - 4096 });
  await vi.waitFor(() => expect(ends.failed).toBe(4096), { timeout: 60_000, interval: 100 });
  sender.send(trace());
  await sender.close();
  expect(ends.exported).toBe(0);
}, 90_000);
