import { generate } from 'selfsigned';

/** A private key (PKCS #8) and its certificate, both PEM. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** A fresh RSA key, or one of P-256, with a certificate for it. */
export async function makeKeyPair(name: string, keyType: 'rsa' | 'ec' = 'rsa', keySize = 2048): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType,
    ...(keyType === 'rsa' ? { keySize } : { curve: 'P-256' as const }),
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 86_400_000),
  });
  return { key: made.private, cert: made.cert };
}

/** The base64 of a PEM, as metadata has it. */
export function bare(pem: string): string {
  return pem.replaceAll(/-----[^-]+-----|\s/g, '');
}
