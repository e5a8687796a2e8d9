import { X509Certificate } from 'node:crypto';
import type { LoadedConfig } from '../config/load-config.ts';

/** A certificate that the relay shows or checks by, and when it ends. */
export interface CertificateEnd {
  /** What it is for, for example `relay.tls` or `apis.orders.client_certificate`. */
  readonly use: string;
  readonly notAfterMs: number;
}

/** Of a chain, the end that comes first. */
export function certificateEnds(loaded: LoadedConfig): readonly CertificateEnd[] {
  const { tls, adminTls, upstreamCertificates, sinkCertificates, authorities } = loaded;
  const named: (readonly [use: string, pem: string | undefined])[] = [
    ['relay.tls', tls?.cert],
    ['admin.tls', adminTls?.cert],
    ['admin.tls.client_ca', adminTls?.clientCa],
    ['storage.sslcert', loaded.storage?.tls?.cert],
    ['storage.sslrootcert', loaded.storage?.tls?.ca],
    ...[...(upstreamCertificates ?? [])].map(([api, { cert }]) => [`apis.${api}.client_certificate`, cert] as const),
    ...[...(sinkCertificates ?? [])].map(([sink, { cert }]) => [`audit.sinks.${sink}`, cert] as const),
    ...[...authorities].map(([file, pem]) => [`ca ${file}`, pem] as const),
  ];
  return named.flatMap(([use, pem]) => {
    if (pem === undefined) return [];
    const ends = certificatesIn(pem).map(({ validTo }) => Date.parse(validTo));
    return ends.length === 0 ? [] : [{ use, notAfterMs: Math.min(...ends) }];
  });
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
