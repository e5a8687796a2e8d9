/** How traces are made and sent, as `OTEL_*` of the environment say it (OpenTelemetry, SDK environment variables). */
export interface TraceSettings {
  readonly sampler: SamplerSettings;
}

/** Which requests are traced. */
export interface SamplerSettings {
  /** A caller’s own decision counts where there is one. */
  readonly isParentBased: boolean;
  /** Share of the others, 0 to 1. */
  readonly ratio: number;
}

/** What the environment asks for: nothing, or traces; and what of it can’t be used, in sentences. */
export interface AskedTraces {
  readonly settings: TraceSettings | null;
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const endpoints = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
const protocols = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'] as const;
const usual: SamplerSettings = { isParentBased: true, ratio: 1 };

/** Reads what the environment says of traces. Off unless it names an exporter or where to send them. */
export function tracesAsked(environment: Environment): AskedTraces {
  const warnings: string[] = [];
  const nothing = { settings: null, warnings };
  const value = (name: string): string => environment[name]?.trim() ?? '';
  if (value('OTEL_SDK_DISABLED').toLowerCase() === 'true') return nothing;
  const exporter = value('OTEL_TRACES_EXPORTER');
  const endpoint = endpoints.find((name) => value(name) !== '');
  if (exporter === 'none' || (exporter === '' && endpoint === undefined)) return nothing;
  const refuse = (name: string, why: string): AskedTraces => {
    warnings.push(`${name} ${why}. No traces are sent.`);
    return nothing;
  };
  if (exporter !== '' && exporter !== 'otlp') return refuse('OTEL_TRACES_EXPORTER', 'must be “otlp” or “none”');
  const protocol = protocols.find((name) => value(name) !== '');
  if (protocol !== undefined && value(protocol) !== 'http/protobuf')
    return refuse(protocol, 'must be “http/protobuf”, the one that the relay speaks');
  if (endpoint !== undefined && !/^https?:\/\/[^\s/]/.test(value(endpoint)))
    return refuse(endpoint, 'must be an address that begins with http:// or https://');
  return { settings: { sampler: samplerOf(value, warnings) }, warnings };
}

function samplerOf(value: (name: string) => string, warnings: string[]): SamplerSettings {
  const name = value('OTEL_TRACES_SAMPLER');
  switch (name) {
    case '':
    case 'parentbased_always_on':
      return usual;
    case 'parentbased_always_off':
      return { isParentBased: true, ratio: 0 };
    case 'always_on':
      return { isParentBased: false, ratio: 1 };
    case 'always_off':
      return { isParentBased: false, ratio: 0 };
    case 'traceidratio':
    case 'parentbased_traceidratio':
      return {
        isParentBased: name.startsWith('parentbased'),
        ratio: ratioOf(value('OTEL_TRACES_SAMPLER_ARG'), warnings),
      };
    default:
      warnings.push(`OTEL_TRACES_SAMPLER is “${name}”, which isn’t known; “parentbased_always_on” counts.`);
      return usual;
  }
}

function ratioOf(text: string, warnings: string[]): number {
  if (text === '') return 1;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  warnings.push(`OTEL_TRACES_SAMPLER_ARG is “${text}”, not a number from 0 to 1; all requests are traced.`);
  return 1;
}
