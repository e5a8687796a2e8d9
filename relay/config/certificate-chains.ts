import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { certificatesIn } from '../named/check-pem.ts';
import type { ResolvedConfig } from './config-files.ts';

/**
 * Sentences on certificates that the relay shows and whose authority neither stands in their file nor is known here: clients
 * that don’t know it by themselves refuse them. Whether they do, nobody can tell from here.
 */
export function notesOnChains({ tls, adminTls, authorities }: ResolvedConfig): readonly string[] {
  const shown = [
    ['relay.tls.cert', tls?.cert],
    ['admin.tls.cert', adminTls?.cert],
  ] as const;
  return shown.flatMap(([key, pem]) => {
    const [certificate, ...chain] = pem === undefined ? [] : certificatesIn(pem);
    if (certificate === undefined || certificate.subject === certificate.issuer) return [];
    if (chain.some((one) => isSigner(certificate, one)) || isKnown(certificate, [...authorities.values()])) return [];
    return `The file of “${key}” doesn’t hold the certificate of the authority that signed its first one, “${oneLine(certificate.issuer)}”, and this machine doesn’t know it: clients that don’t either refuse it. Unless it is a root that they have, put it behind the first one in the file.`;
  });
}

/** Whether clients of this machine, or of a company whose authority the config names, know who signed it. */
function isKnown(certificate: X509Certificate, named: readonly string[]): boolean {
  const company = named.flatMap(certificatesIn);
  if (company.some((one) => isSigner(certificate, one))) return true;
  return (['default', 'system'] as const).some((kind) =>
    getCACertificates(kind).some((pem) => isSigner(certificate, new X509Certificate(pem))),
  );
}

function isSigner(certificate: X509Certificate, above: X509Certificate): boolean {
  return certificate.checkIssued(above) && certificate.verify(above.publicKey);
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
