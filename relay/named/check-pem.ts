import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { Unusable } from './named-source.ts';

/** Each certificate of a text in PEM form, in its order. @throws Error for one that can’t be read */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** Looks at certificates that the config names. @throws Unusable when there are none in the text, or one can’t be read */
export function checkCertificates(pem: string, path: string): void {
  const begun = pem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  try {
    // Also what begins otherwise than usual, such as “TRUSTED CERTIFICATE”.
    const read = begun < 2 ? [new X509Certificate(pem)] : certificatesIn(pem);
    if (begun < 2 || read.length === begun) return;
  } catch (error) {
    if (begun < 2) throw new Unusable(`names ${path}, which holds no certificate in PEM form.`, { cause: error });
  }
  throw new Unusable(`names ${path}, of whose ${begun} certificates one is damaged. Put the whole text of each there.`);
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

/** @throws Unusable for a certificate with its key that OpenSSL shows to nobody, such as one with a short key */
export function checkShowable(cert: string, key: string, path: string): void {
  try {
    createSecureContext({ cert, key, minVersion: 'TLSv1.3' });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*:/, '').trim() : String(error);
    throw new Unusable(`names ${path}, which can’t be used for TLS (${why}). Name a certificate of another key.`, {
      cause: error,
    });
  }
}
