import { resolve } from 'node:path';
import type { AdminConfig } from './admin-schema.ts';
import type { ApiConfig, Config, IssuerConfig } from './config-schema.ts';
import { resolveNamed } from '../named/named-source.ts';
import { resolveNotifyPaths } from './notify-files.ts';
import { resolveSamlPaths } from './saml-files.ts';
import type { SinkConfig } from './sink-schema.ts';

type AdminTls = NonNullable<AdminConfig['tls']>;

/** Files of a `relay_client`; those that are secret must be closed to others. */
export const clientFiles = [
  { key: 'private_key', isSecret: true },
  { key: 'certificate', isSecret: false },
  { key: 'certificate_key', isSecret: true },
] as const;

/** Only makes paths absolute; reads no file and fills in no secret. For decisions that need the rules alone. */
export function resolvePaths(config: Config, folder: string): Config {
  const absolute = (path: string): string => resolveNamed(path, folder);
  const withCa = <Part extends { ca?: string | undefined }>(part: Part): Part =>
    part.ca === undefined ? part : { ...part, ca: absolute(part.ca) };
  const { tls } = config.relay;
  const resolvedTls = tls === undefined ? {} : { tls: { ...tls, cert: absolute(tls.cert), key: absolute(tls.key) } };
  return {
    ...config,
    relay: { ...config.relay, data: resolve(folder, config.relay.data), ...resolvedTls },
    issuers: config.issuers.map((issuer) => withClientFiles(withCa(issuer), absolute)),
    apis: config.apis.map((api) => withCertificate(withCa(api), absolute)),
    audit: {
      ...config.audit,
      ...(config.audit.signing_key === undefined ? {} : { signing_key: absolute(config.audit.signing_key) }),
      sinks: config.audit.sinks.map((sink) => withSinkFiles(withCa(sink), absolute)),
    },
    ...(config.admin?.tls === undefined
      ? {}
      : { admin: { ...config.admin, tls: withAdminFiles(config.admin.tls, absolute) } }),
    signals: config.signals.map(withCa),
    ...(config.notify === undefined ? {} : { notify: resolveNotifyPaths(config.notify, absolute) }),
    ...(config.saml === undefined ? {} : { saml: resolveSamlPaths(config.saml, absolute) }),
  };
}

function withClientFiles(issuer: IssuerConfig, absolute: (path: string) => string): IssuerConfig {
  const client = issuer.relay_client;
  if (client === undefined) return issuer;
  const paths = Object.fromEntries(
    clientFiles.flatMap(({ key }) => (client[key] === undefined ? [] : [[key, absolute(client[key])]])),
  );
  return { ...issuer, relay_client: { ...client, ...paths } };
}

function withSinkFiles(sink: SinkConfig, absolute: (path: string) => string): SinkConfig {
  const { path, client_certificate: pair } = sink;
  return {
    ...sink,
    ...(path === undefined ? {} : { path: absolute(path) }),
    ...(pair === undefined ? {} : { client_certificate: { cert: absolute(pair.cert), key: absolute(pair.key) } }),
  };
}

function withAdminFiles(tls: AdminTls, absolute: (path: string) => string): AdminTls {
  const { cert, key, client_ca: clientCa } = tls;
  return {
    cert: absolute(cert),
    key: absolute(key),
    ...(clientCa === undefined ? {} : { client_ca: absolute(clientCa) }),
  };
}

function withCertificate(api: ApiConfig, absolute: (path: string) => string): ApiConfig {
  const pair = api.client_certificate;
  if (pair === undefined) return api;
  return { ...api, client_certificate: { cert: absolute(pair.cert), key: absolute(pair.key) } };
}
