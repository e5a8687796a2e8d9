import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, isInShare, randomId, readTraceContext } from '../../../relay/traces/trace-context.ts';
import { tracesAsked } from '../../../relay/traces/trace-settings.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
const always = { isParentBased: true, ratio: 1 };

describe('the environment', () => {
  it.each<[string, Record<string, string>]>([
    ['says nothing', {}],
    ['names no exporter', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
    ['switches the SDK off', { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }],
    ['has an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  ])('that %s asks for nothing', (_what, environment) => {
    expect(tracesAsked(environment)).toEqual({ settings: null, warnings: [] });
  });

  it.each<[string, Record<string, string>, string]>([
    ['exporter', { OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER must be'],
    ['protocol', { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL must be'],
    ['address', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector:4317' }, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be'],
  ])('with an unusable %s sends none, and says why', (_what, environment, words) => {
    const { settings, warnings } = tracesAsked(environment);
    expect(settings).toBeNull();
    expect(warnings).toEqual([expect.stringContaining(words)]);
  });

  it.each<[Record<string, string>, object, number]>([
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, always, 0],
    [endpoint, always, 0],
    [{ ...endpoint, OTEL_TRACES_SAMPLER: 'always_on' }, { isParentBased: false, ratio: 1 }, 0],
    [{ ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' }, { isParentBased: false, ratio: 0 }, 0],
    [{ ...endpoint, OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, { isParentBased: true, ratio: 0 }, 0],
    [
      { ...endpoint, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' },
      { isParentBased: true, ratio: 0.1 },
      0,
    ],
    [
      { ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      { isParentBased: false, ratio: 1 },
      1,
    ],
    [{ ...endpoint, OTEL_TRACES_SAMPLER: 'jaeger_remote' }, always, 1],
  ])('%j samples so', (environment, sampler, warnings) => {
    const asked = tracesAsked(environment);
    expect(asked.settings).toEqual({ sampler });
    expect(asked.warnings).toHaveLength(warnings);
  });
});

describe('trace context', () => {
  const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const of = (...values: readonly string[]) =>
    readTraceContext(['Host', 'a', ...values.flatMap((value) => ['Traceparent', value])]);

  it('is read, with its state in the order of its lines', () => {
    const headers = ['traceparent', `00-${traceId}-${spanId}-01`, 'tracestate', 'a=1', 'TraceState', 'b=2'];
    expect(readTraceContext(headers)).toEqual({ traceId, spanId, isSampled: true, state: 'a=1,b=2' });
    expect(of(`00-${traceId}-${spanId}-00`)).toMatchObject({ isSampled: false });
    // Of a later version what is known counts.
    expect(of(`cc-${traceId}-${spanId}-03-more`)).toMatchObject({ traceId, isSampled: true });
  });

  it.each([
    ['nothing', []],
    ['an empty one', ['']],
    ['two', [`00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`]],
    ['a version that is none', [`ff-${traceId}-${spanId}-01`]],
    ['more than version 00 has', [`00-${traceId}-${spanId}-01-more`]],
    ['capitals', [`00-${traceId.toUpperCase()}-${spanId}-01`]],
    ['a trace of zeros', [`00-${'0'.repeat(32)}-${spanId}-01`]],
    ['a span of zeros', [`00-${traceId}-${'0'.repeat(16)}-01`]],
    ['a short trace', [`00-${traceId.slice(1)}-${spanId}-01`]],
    ['words', ['a trace, please']],
    ['a long one', [`cc-${traceId}-${spanId}-01-${'x'.repeat(10_000)}`]],
  ])('counts for nothing when there is %s', (_what, values) => {
    expect(of(...values)).toBeNull();
  });

  it('leaves out a state that is longer than anybody has to take', () => {
    const headers = ['traceparent', `00-${traceId}-${spanId}-01`, 'tracestate', `a=${'x'.repeat(600)}`];
    expect(readTraceContext(headers)?.state).toBe('');
  });

  it('is written as it is read, with ids of its own', () => {
    const ids = Array.from({ length: 2000 }, () => randomId(16));
    expect(new Set(ids).size).toBe(ids.length);
    expect(readTraceContext(['traceparent', formatTraceparent(ids[0] ?? '', randomId(8), true)])).toMatchObject({
      traceId: ids[0],
      isSampled: true,
    });
  });

  it('is in a share by its id', () => {
    const ids = Array.from({ length: 1000 }, (_, index) =>
      Math.floor((index / 1000) * 16 ** 12)
        .toString(16)
        .padStart(12, '0')
        .padStart(32, '1'),
    );
    expect(ids.filter((id) => isInShare(id, 0.25))).toHaveLength(250);
    expect(ids.filter((id) => isInShare(id, 0))).toEqual([]);
    expect(ids.filter((id) => isInShare(id, 1))).toHaveLength(1000);
  });
});

it('a relay without traces loads nothing of OpenTelemetry', () => {
  const values = /^(?:import|export) (?!type )[^;]*from '([^']+)'/gms;
  const importers = (name: RegExp): readonly string[] =>
    globSync('relay/**/*.ts').filter((file) =>
      [...readFileSync(file, 'utf8').matchAll(values)].some(([, address = '']) => name.test(address)),
    );
  const thread = ['relay/traces/trace-thread.ts'];
  expect(importers(/^@opentelemetry\//)).toEqual(thread);
  expect(importers(/\/(?:encode-traces|send-otlp)\.ts$/)).toEqual(thread);
});
