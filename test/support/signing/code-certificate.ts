import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate that may sign programs, with the authority that has issued it. */
export interface CodeCertificate {
  readonly pfx: string;
  readonly password: string;
  /** PEM files of key and certificate, as a token’s maker gets them. */
  readonly key: string;
  readonly certificate: string;
  /** PEM file of the authority. */
  readonly authority: string;
}

/** Makes one in a folder, by `openssl`. */
export function makeCodeCertificate(folder: string, commonName: string): CodeCertificate {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const openssl = (...words: readonly string[]): unknown => execFileSync('openssl', words, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const root = ['-keyout', at('root.key'), '-out', at('root.pem'), '-days', '2', '-subj', '/O=Test/CN=Test Code Root'];
  openssl('req', '-x509', ...key, ...root, '-addext', 'basicConstraints=critical,CA:TRUE');
  openssl('req', ...key, '-keyout', at('leaf.key'), '-out', at('leaf.csr'), '-subj', `/O=Test/CN=${commonName}`);
  writeFileSync(at('leaf.ext'), 'extendedKeyUsage=codeSigning\nkeyUsage=digitalSignature\n');
  const issuer = ['-CA', at('root.pem'), '-CAkey', at('root.key'), '-CAcreateserial', '-days', '1'];
  openssl('x509', '-req', '-in', at('leaf.csr'), ...issuer, '-extfile', at('leaf.ext'), '-out', at('leaf.pem'));
  const password = 'of the test';
  const parts = ['-inkey', at('leaf.key'), '-in', at('leaf.pem'), '-certfile', at('root.pem')];
  openssl('pkcs12', '-export', ...parts, '-out', at('leaf.pfx'), '-passout', `pass:${password}`);
  return { pfx: at('leaf.pfx'), password, key: at('leaf.key'), certificate: at('leaf.pem'), authority: at('root.pem') };
}
