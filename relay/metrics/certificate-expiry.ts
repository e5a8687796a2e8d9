import type { LoadedConfig } from '../config/load-config.ts';
import { certificatesIn } from '../named/check-pem.ts';

/** A certificate that the relay shows or checks by, and when it ends. */
export interface CertificateEnd {
  /** What it is for, for example `relay.tls` or `apis.orders.client_certificate`. */
  readonly use: string;
  readonly notAfterMs: number;
}

/** Of a chain, the end that comes first. */
export function certificateEnds(loaded: LoadedConfig): readonly CertificateEnd[] {
  return namedCertificates(loaded).flatMap(([use, pem]) => {
    const ends = certificatesIn(pem ?? '').map(({ validTo }) => Date.parse(validTo));
    return ends.length === 0 ? [] : [{ use, notAfterMs: Math.min(...ends) }];
  });
}

/** What is for what, as PEM; undefined where the config names none. */
export function namedCertificates(loaded: LoadedConfig): readonly (readonly [use: string, pem: string | undefined])[] {
  const { tls, adminTls, upstreamCertificates, sinkCertificates, authorities, providerFiles, saml, config } = loaded;
  return [
    ['relay.tls', tls?.cert],
    ['admin.tls', adminTls?.cert],
    ['admin.tls.client_ca', adminTls?.clientCa],
    ['storage.sslcert', loaded.storage?.tls?.cert],
    ['storage.sslrootcert', loaded.storage?.tls?.ca],
    ['saml.signing', saml?.signing.cert],
    ['saml.encryption', saml?.encryption?.cert],
    ...config.issuers.map(({ name, relay_client: client }) => {
      const path = client?.certificate;
      return [`issuers.${name}.relay_client`, path === undefined ? undefined : providerFiles?.get(path)] as const;
    }),
    ...[...(upstreamCertificates ?? [])].map(([api, { cert }]) => [`apis.${api}.client_certificate`, cert] as const),
    ...[...(sinkCertificates ?? [])].map(([sink, { cert }]) => [`audit.sinks.${sink}`, cert] as const),
    ...[...authorities].map(([file, pem]) => [`ca ${file}`, pem] as const),
  ];
}
