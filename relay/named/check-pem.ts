import { createPrivateKey, X509Certificate } from 'node:crypto';
import { Unusable } from './named-source.ts';

/** Reads a certificate that the config names. @throws Unusable when there is none in the text */
export function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new Unusable(`names ${path}, which holds no certificate in PEM form.`, { cause: error });
  }
}

/** @throws Unusable when the text holds no private key, or another one than that of the certificate beside it */
export function checkKey(pem: string, path: string, cert: string | undefined): void {
  let key;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw new Unusable(`names ${path}, which holds no private key in PEM form without a passphrase.`, { cause: error });
  }
  if (cert !== undefined && !new X509Certificate(cert).checkPrivateKey(key)) {
    throw new Unusable(`names ${path}, whose key doesn’t belong to the certificate beside it.`);
  }
}
