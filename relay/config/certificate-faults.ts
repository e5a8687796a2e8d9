import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { ResolvedConfig } from './config-files.ts';

/** Why clients will refuse a certificate that the relay shows. */
export interface CertificateFault {
  readonly place: readonly PropertyKey[];
  readonly message: string;
}

/** Faults of the certificates that people and operators are shown: over, not valid yet, or of another name. */
export function certificateFaults(
  { config, tls, adminTls }: Pick<ResolvedConfig, 'config' | 'tls' | 'adminTls'>,
  nowMs: number,
): readonly CertificateFault[] {
  const admin = config.admin;
  return [
    ...faultsOf(tls?.cert, ['relay', 'tls', 'cert'], config.relay.url, nowMs),
    ...faultsOf(adminTls?.cert, ['admin', 'tls', 'cert'], admin?.url, nowMs),
  ];
}

function faultsOf(
  pem: string | undefined,
  place: readonly PropertyKey[],
  url: string | undefined,
  nowMs: number,
): readonly CertificateFault[] {
  if (pem === undefined) return [];
  const certificate = new X509Certificate(pem);
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const day = (ms: number): string => new Date(ms).toISOString();
  const faults: string[] = [];
  if (nowMs >= to) faults.push(`names a certificate that ended on ${day(to)}: clients refuse it. Name a new one.`);
  if (nowMs < from) faults.push(`names a certificate that begins on ${day(from)} only: clients refuse it until then.`);
  const host = url === undefined ? undefined : new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (host !== undefined && !isFor(certificate, host))
    faults.push(`names a certificate that isn’t for ${host}, by which clients reach it: they refuse it.`);
  return faults.map((message) => ({ place, message }));
}

function isFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'never' }) !== undefined;
}
