import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';

/** Certificate and key, PEM, with which this client proves itself in TLS; tokens can be bound to it (RFC 8705). */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads a certificate and its key from two PEM files.
 * @throws AccessError `bad-input` when a file can’t be read or used, or others can read the key
 */
export async function readClientCertificate(certPath: string, keyPath: string): Promise<ClientCertificate> {
  try {
    if (process.platform !== 'win32' && ((await stat(keyPath)).mode & 0o007) !== 0) {
      throw new AccessError(
        'bad-input',
        text('failure.key-readable', { path: keyPath, command: `chmod o= ${keyPath}` }),
      );
    }
    const [cert, key] = await Promise.all([readFile(certPath, 'utf8'), readFile(keyPath, 'utf8')]);
    const { validToDate } = new X509Certificate(cert);
    if (validToDate.getTime() > Date.now()) return { cert, key };
    throw new AccessError(
      'bad-input',
      text('failure.certificate-ended', { path: certPath, time: validToDate.toISOString() }),
    );
  } catch (cause) {
    if (cause instanceof AccessError) throw cause;
    const why = (cause as Error).message;
    throw new AccessError('bad-input', text('failure.certificate-unusable', { why }), { cause });
  }
}

/** Where the certificate is named when the command line names none: for the CLI and the desktop app. */
export const certificateVariables = {
  cert: 'CAUSEWAY_CLIENT_CERTIFICATE',
  key: 'CAUSEWAY_CLIENT_CERTIFICATE_KEY',
} as const;

/**
 * Reads the certificate that the two settings called `names` name; null when neither is set.
 * @throws AccessError `bad-input` when only one is set, and as {@link readClientCertificate}
 */
export async function readNamedCertificate(
  certPath: string | undefined,
  keyPath: string | undefined,
  names: { readonly cert: string; readonly key: string } = certificateVariables,
): Promise<ClientCertificate | null> {
  if (certPath === undefined && keyPath === undefined) return null;
  if (certPath !== undefined && keyPath !== undefined) return await readClientCertificate(certPath, keyPath);
  throw new AccessError('bad-input', text('failure.certificate-pair', { certificate: names.cert, key: names.key }));
}
