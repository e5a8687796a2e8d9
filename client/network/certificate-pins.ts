import { createHash, X509Certificate } from 'node:crypto';
import { checkServerIdentity, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls';
import { unusablePin } from '../managed/unusable-pin.ts';

type CheckIdentity = typeof checkServerIdentity;

/** What the code of a chain without a pinned key is. */
export const pinMismatch = 'CERT_NOT_PINNED';
/** What the code of every chain is, while the pins are unusable. */
export const pinsUnusable = 'CERT_PINS_UNUSABLE';

/** The pin of a certificate: the SHA-256 of its key’s SPKI (RFC 7469 §2.1.1). */
export function pinOf(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256/${createHash('sha256').update(key).digest('base64')}`;
}

/**
 * Options of a TLS connection whose certificate chain has to hold one of the pinned keys, besides the usual check of the
 * name; none where nothing is pinned.
 */
export function pinnedIdentity(pins: readonly string[]): { readonly checkServerIdentity?: CheckIdentity } {
  if (pins.length === 0) return {};
  return {
    checkServerIdentity: (host, certificate) => {
      const failure = checkServerIdentity(host, certificate);
      if (failure !== undefined || chainOf(certificate).some((one) => pins.includes(pinOf(one)))) return failure;
      if (pins.includes(unusablePin)) {
        return Object.assign(new Error('The pinned keys can’t be used.'), { code: pinsUnusable });
      }
      return Object.assign(new Error('The certificate has none of the pinned keys.'), { code: pinMismatch });
    },
  };
}

/**
 * From the server’s own towards the authority’s, as far as each has really signed the one before (RFC 7469 §2.6): what
 * Node links are the certificates that the server has sent, by their names alone.
 */
function chainOf(certificate: PeerCertificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  for (let next: PeerCertificate | undefined = certificate; next?.raw !== undefined;) {
    if (seen.has(next.fingerprint256)) break;
    seen.add(next.fingerprint256);
    const issuer = new X509Certificate(next.raw);
    const issued = chain.at(-1);
    if (issued !== undefined && !hasIssued(issuer, issued)) break;
    chain.push(issuer);
    next = (next as DetailedPeerCertificate).issuerCertificate;
  }
  return chain;
}

/** A server’s certificate may sign nothing, even where its key could. */
function hasIssued(issuer: X509Certificate, issued: X509Certificate): boolean {
  return issuer.ca && issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
}
