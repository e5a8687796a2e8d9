import { hash, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import type { ClientCertificate } from '../../client/network/client-certificate.ts';

/** A certificate with its key, PEM, and how a token names it. */
export interface IssuedCertificate extends ClientCertificate {
  /** SHA-256 of the certificate, base64url, as in `cnf.x5t#S256` (RFC 8705 §3.1). */
  readonly thumbprint: string;
}

/** An authority of client certificates, as a company has one for its devices and services. */
export interface DeviceAuthority {
  /** PEM of the authority itself, for servers. */
  readonly ca: string;
  /** A fresh key with a certificate for the DNS name, valid for a day. */
  issue(dnsName: string): Promise<IssuedCertificate>;
}

const dayMs = 86_400_000;
const strong = { keyType: 'ec', algorithm: 'sha256' } as const;

/** Makes an authority that exists in memory only. */
export async function makeDeviceAuthority(): Promise<DeviceAuthority> {
  const authority = await generate([{ name: 'commonName', value: 'Example devices' }], {
    ...strong,
    notAfterDate: new Date(Date.now() + dayMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    ca: authority.cert,
    async issue(dnsName) {
      const { cert, private: key } = await generate([{ name: 'commonName', value: dnsName }], {
        ...strong,
        notAfterDate: new Date(Date.now() + dayMs),
        ca: { key: authority.private, cert: authority.cert },
        extensions: [
          { name: 'basicConstraints', cA: false, critical: true },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', clientAuth: true },
          { name: 'subjectAltName', altNames: [{ type: 2, value: dnsName }] },
        ],
      });
      return { cert, key, thumbprint: hash('sha256', new X509Certificate(cert).raw, 'base64url') };
    },
  };
}
