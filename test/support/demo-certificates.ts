import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A demo certificate authority with one server certificate for loopback, as PEM files. */
export interface DemoCertificates {
  /** PEM of the authority, for clients. */
  readonly ca: string;
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
}

const validDays = 30;

async function makeAuthority(): Promise<{ key: string; cert: string }> {
  const authority = await generate([{ name: 'commonName', value: 'Causeway demo authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + validDays * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key: authority.private, cert: authority.cert };
}

/**
 * Makes the certificates in `dir`, or gives those of an earlier run. The server certificate holds for `localhost`,
 * 127.0.0.1, ::1 and what is in `addresses`; the authority's key is not kept.
 */
export async function makeDemoCertificates(dir: string, addresses: readonly string[] = []): Promise<DemoCertificates> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const caPath = join(dir, 'ca.pem');
  const certPath = join(dir, 'relay.pem');
  const keyPath = join(dir, 'relay-key.pem');
  if (!existsSync(caPath)) {
    const authority = await makeAuthority();
    const server = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notAfterDate: new Date(Date.now() + validDays * 86_400_000),
      ca: authority,
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
            { type: 7, ip: '::1' },
            ...addresses.map((ip) => ({ type: 7 as const, ip })),
          ],
        },
      ],
    });
    writeFileSync(certPath, server.cert);
    writeFileSync(keyPath, server.private, { mode: 0o600 });
    writeFileSync(caPath, authority.cert);
  }
  return { ca: readFileSync(caPath, 'utf8'), caPath, certPath, keyPath };
}
