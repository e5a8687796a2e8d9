import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import { clientPolicyOf } from '../config/client-policy.ts';
import { consoleOriginOf, consolePath } from '../config/console-origin.ts';
import type { SealingSettings } from '../audit/keys/key-store.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { AuthenticatorIssuer } from '../identity/create-authenticator.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import { relayIdOf } from '../audit/relay-id.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { TransmitterSettings } from '../signals/receive/transmitter.ts';
import type { NotifySettings } from '../notify/notify-settings.ts';
import { recordedFields } from '../recorded/recorded-fields.ts';
import type { UpstreamConfig } from '../upstream/upstream-pools.ts';
import { type SinkConfig, storageSinkName } from '../config/sink-schema.ts';
import { sinkOfStorage } from '../sinks/sink-of-storage.ts';
import type { SinkPlace, SinkSettings } from '../sinks/sink-settings.ts';
import { shareOfLimits } from '../workers/share-of-limits.ts';

/** What requests are decided by, with one worker's share of the limits. */
export function policyInForce({ config }: LoadedConfig, workers: number): PolicyInForce {
  return {
    policy: compilePolicy(config),
    apis: new Map(config.apis.map((api) => [api.id, api])),
    limits: shareOfLimits(config.limits, workers),
    recorded: recordedFields(config),
    disclose: config.disclose,
    clients: clientPolicyOf(config),
  };
}

/** The issuers as the authenticator takes them, with the files that they name. */
export function issuersOf({ config, authorities, providerFiles }: LoadedConfig): AuthenticatorIssuer[] {
  const ownIssuer = config.break_glass === undefined ? null : breakGlassIssuerOf(config);
  return config.issuers.map((issuer) => {
    const caPem = issuer.ca === undefined ? undefined : authorities.get(issuer.ca);
    const standsAlone = issuer.issuer === ownIssuer;
    return { ...issuer, files: providerFiles, standsAlone, ...(caPem === undefined ? {} : { caPem }) };
  });
}

/** Where the APIs are, as the connections to them take it, with the files that they name. */
export function upstreamConfigs({ config, authorities, upstreamCertificates }: LoadedConfig): UpstreamConfig[] {
  return config.apis.map((api) => ({
    id: api.id,
    upstream: api.upstream,
    protocol: api.protocol,
    rewrite: api.rewrite,
    timeout_seconds: api.timeout_seconds,
    max_body_bytes: api.max_body_bytes,
    headers: api.headers,
    host: api.host,
    drop_headers: api.drop_headers,
    keep_headers: api.keep_headers,
    redirect: api.redirect,
    x_forwarded: api.x_forwarded,
    server_name: api.server_name,
    connection_auth: api.connection_auth,
    resolve_seconds: api.resolve_seconds,
    max_answer_header_bytes: api.max_answer_header_bytes,
    caPem: api.ca === undefined ? undefined : authorities.get(api.ca),
    certificate: upstreamCertificates?.get(api.id),
  }));
}

/** Who is told of requests for access, as what tells them takes it. */
export function notifySettingsOf({ config, authorities }: LoadedConfig): NotifySettings {
  const own = consoleOriginOf(config.admin);
  const address = config.notify?.console_url ?? (own === null ? null : `${own}${consolePath}`);
  const links = { consoleUrl: address?.replace(/\/+$/, '') ?? null, relayName: config.relay.name };
  return { config, links, authorities };
}

/** Providers that send events, as what receives them takes them. */
export function transmittersOf({ config, authorities }: LoadedConfig): TransmitterSettings[] {
  return config.signals.flatMap((signal) => {
    const provider = config.issuers.find(({ name }) => signal.provider === undefined || name === signal.provider);
    if (provider === undefined) return [];
    return [
      {
        config: signal,
        audience: signal.audience ?? config.relay.url,
        issuers: [provider.issuer, ...provider.accepted_issuers] as const,
        caPem: signal.ca === undefined ? undefined : authorities.get(signal.ca),
      },
    ];
  });
}

/** Where the audit goes, as the thread that sends it takes it: the storage that relays share, and sinks. */
export function sinksOf(loaded: LoadedConfig): SinkSettings[] {
  return [...storageSink(loaded), ...configuredSinks(loaded)];
}

function storageSink(loaded: LoadedConfig): SinkSettings[] {
  const { config, storage } = loaded;
  if (storage === undefined || !isShipped(loaded)) return [];
  return [sinkOfStorage(relayIdOf(config.relay.data, config.relay.id), storage)];
}

/** The sinks of the config, with the files that they name. */
function configuredSinks(loaded: LoadedConfig): SinkSettings[] {
  return loaded.config.audit.sinks.map((sink) => ({
    name: sink.name,
    place: sinkPlace(sink, loaded),
    selection: {
      ...(sink.types === undefined ? {} : { types: sink.types }),
      ...(sink.effects === undefined ? {} : { effects: sink.effects }),
      ...(sink.apis === undefined ? {} : { apis: sink.apis }),
    },
    startAt: sink.start_at,
    batchRecords: sink.batch_records,
    batchBytes: 1_048_576,
    gatherMs: sink.gather_ms,
    timeoutMs: sink.timeout_seconds * 1000,
    lagWarnMs: sink.lag_warn_seconds * 1000,
  }));
}

function sinkPlace(sink: SinkConfig, { authorities, sinkCertificates }: LoadedConfig): SinkPlace {
  const ca = sink.ca === undefined ? undefined : authorities.get(sink.ca);
  const certificate = sinkCertificates?.get(sink.name);
  const tls = { ...(ca === undefined ? {} : { ca }), ...(certificate === undefined ? {} : { certificate }) };
  switch (sink.kind) {
    case 'file':
      return {
        kind: 'file',
        path: sink.path ?? '',
        rotateBytes: sink.rotate_bytes ?? 104_857_600,
        ...(sink.rotate_hours === undefined ? {} : { rotateMs: sink.rotate_hours * 3_600_000 }),
        keep: sink.keep ?? 10,
      };
    case 'webhook':
      return { kind: 'webhook', url: sink.url ?? '', secrets: sink.secrets ?? [], tls };
    case 'syslog': {
      const [, host = '', port = ''] = /^(.*):([0-9]+)$/.exec(sink.address ?? '') ?? [];
      return {
        kind: 'syslog',
        host: host.replace(/^\[(.*)\]$/, '$1'),
        port: Number(port),
        tls,
        facility: sink.facility ?? 13,
        // Reserved for documentation (RFC 5612): whoever has a number of his own says it.
        enterpriseNumber: sink.enterprise_number ?? 32_473,
        maxMessageBytes: sink.max_message_bytes ?? 8192,
      };
    }
  }
}

/** How long the audit keeps records, for so many days and until each sink has them; and what it seals in them. */
export function retentionOf(loaded: LoadedConfig): {
  readonly keepDays: number | undefined;
  readonly sinks: readonly string[];
  readonly sealing: SealingSettings;
} {
  const { keep_days: keepDays, erasable, keep_refused_days: refusedDays, sinks } = loaded.config.audit;
  const names = sinks.map(({ name }) => name);
  return {
    keepDays,
    sinks: isShipped(loaded) ? [storageSinkName, ...names] : names,
    sealing: { erasable, refusedDays },
  };
}

/** Whether records go from the data folder to the storage, behind the answers. */
function isShipped({ config, storage }: LoadedConfig): boolean {
  return storage !== undefined && config.audit.durable === 'disk';
}
