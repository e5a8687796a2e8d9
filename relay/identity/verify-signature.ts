import { constants, type KeyObject, verify } from 'node:crypto';

interface Scheme {
  readonly hash: string | null;
  readonly keyType: string;
  readonly curve?: string;
  readonly options?: { readonly padding: number; readonly saltLength: number } | { readonly dsaEncoding: 'ieee-p1363' };
  /** Length of a signature in bytes, where the algorithm fixes it. */
  readonly bytes?: number;
}

const rsa = (hash: string): Scheme => ({ hash, keyType: 'rsa' });
// The salt is as long as the hash (RFC 7518 §3.5).
const pss = (hash: string, saltLength: number): Scheme => ({
  hash,
  keyType: 'rsa',
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
});
// R and S side by side, each of full length (RFC 7518 §3.4).
const ecdsa = (hash: string, curve: string, bytes: number): Scheme => ({
  hash,
  keyType: 'ec',
  curve,
  options: { dsaEncoding: 'ieee-p1363' },
  bytes,
});
const eddsa: Scheme = { hash: null, keyType: 'ed25519', bytes: 64 };

/** How each algorithm of JWA (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2) verifies; what isn’t here is never accepted. */
const schemes: ReadonlyMap<string, Scheme> = new Map([
  ['RS256', rsa('sha256')],
  ['RS384', rsa('sha384')],
  ['RS512', rsa('sha512')],
  ['PS256', pss('sha256', 32)],
  ['PS384', pss('sha384', 48)],
  ['PS512', pss('sha512', 64)],
  ['ES256', ecdsa('sha256', 'prime256v1', 64)],
  ['ES384', ecdsa('sha384', 'secp384r1', 96)],
  ['ES512', ecdsa('sha512', 'secp521r1', 132)],
  ['EdDSA', eddsa],
  ['Ed25519', eddsa],
]);

/**
 * Whether a compact JWS (RFC 7515 §5.2) is signed by this public key with this algorithm. The caller has checked the
 * header and that all parts are strict base64url. Synchronous: a signature takes less time than the way to another
 * thread and back. A key of another kind, curve or size than the algorithm’s never verifies.
 */
export function verifySignature(token: string, algorithm: string, key: KeyObject): boolean {
  const scheme = schemes.get(algorithm);
  if (scheme === undefined || !isFit(key, scheme)) return false;
  const end = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  if (signature.length !== (scheme.bytes ?? modulusBytes(key))) return false;
  const signed = Buffer.from(token.slice(0, end), 'latin1');
  return verify(scheme.hash, signed, scheme.options === undefined ? key : { key, ...scheme.options }, signature);
}

/** A signature of RSA is as long as its modulus (RFC 8017 §8.1.2, §8.2.2), also when it begins with zeros. */
function modulusBytes(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

function isFit(key: KeyObject, scheme: Scheme): boolean {
  if (key.type !== 'public' || key.asymmetricKeyType !== scheme.keyType) return false;
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return scheme.keyType === 'rsa' ? (modulusLength ?? 0) >= 2048 : namedCurve === scheme.curve;
}
