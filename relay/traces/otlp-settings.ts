import { readFileSync } from 'node:fs';

/** Where spans are sent and how, as the environment says it (OpenTelemetry, OTLP exporter). */
export interface OtlpSettings {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest time for a batch with all that is tried again, milliseconds. */
  readonly timeoutMs: number;
  readonly isCompressed: boolean;
  /** PEM: authorities beside the system’s, and what the relay shows of itself. */
  readonly tls: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

const usualTimeoutMs = 10_000;
const usualEndpoint = 'http://localhost:4318';

/** What of each name counts: that of traces, or else that of all signals. @throws when an address or a file can’t be used */
export function otlpSettings(environment: Readonly<Record<string, string | undefined>>): OtlpSettings {
  const set = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const asked = (name: string): string | undefined =>
    set(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ?? set(`OTEL_EXPORTER_OTLP_${name}`);
  const file = (name: string): Buffer | undefined => {
    const path = asked(name);
    return path === undefined ? undefined : readFileSync(path);
  };
  const own = set('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const all = set('OTEL_EXPORTER_OTLP_ENDPOINT') ?? usualEndpoint;
  const timeoutMs = Number(asked('TIMEOUT'));
  const [ca, cert, key] = [file('CERTIFICATE'), file('CLIENT_CERTIFICATE'), file('CLIENT_KEY')];
  return {
    // Of traces it is the whole address, of all signals what stands before it.
    url: new URL(own ?? `${all.replace(/\/$/, '')}/v1/traces`),
    headers: {
      ...headersIn(set('OTEL_EXPORTER_OTLP_HEADERS')),
      ...headersIn(set('OTEL_EXPORTER_OTLP_TRACES_HEADERS')),
    },
    timeoutMs: timeoutMs > 0 ? timeoutMs : usualTimeoutMs,
    isCompressed: asked('COMPRESSION')?.toLowerCase() === 'gzip',
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
  };
}

/** Names and values as in W3C Baggage: `name=value,name=value`, percent-encoded. */
function headersIn(text = ''): Record<string, string> {
  const pairs = text.split(',').flatMap((part) => {
    const [pair = ''] = part.split(';');
    const at = pair.indexOf('=');
    if (at <= 0) return [];
    return [[decoded(pair.slice(0, at)).toLowerCase(), decoded(pair.slice(at + 1))] as const];
  });
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text.trim();
  }
}
