import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';

/** Private key of a profile's DPoP proofs, as kept in the secret store. */
export const storedProofKeySchema = z.object({ algorithm: z.string(), jwk: z.record(z.string(), z.unknown()) });
export type StoredProofKey = z.infer<typeof storedProofKeySchema>;

/** A key pair ready to sign; the public half may be exported, the private one not. */
export interface ProofKey {
  readonly algorithm: string;
  readonly publicJwk: JWK;
  readonly pair: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };
}

type CryptoKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

/** Makes a fresh key pair for DPoP (RFC 9449 §4.2), to be stored as a JWK. */
export async function newProofKey(algorithm: string): Promise<StoredProofKey> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { algorithm, jwk: { ...(await exportJWK(privateKey)) } };
}

/** Imports a stored key. Only the public members reach `publicJwk`. */
export async function importProofKey(stored: StoredProofKey): Promise<ProofKey> {
  const publicJwk: JWK = {};
  for (const name of ['kty', 'crv', 'x', 'y', 'e', 'n'] as const) {
    const value = stored.jwk[name];
    if (typeof value === 'string') publicJwk[name] = value;
  }
  const [privateKey, publicKey] = await Promise.all([
    importJWK(stored.jwk as JWK, stored.algorithm, { extractable: false }),
    importJWK(publicJwk, stored.algorithm, { extractable: true }),
  ]);
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array) {
    throw new TypeError('A DPoP key must be asymmetric');
  }
  return { algorithm: stored.algorithm, publicJwk, pair: { privateKey, publicKey } };
}

/** Signs one proof for one request: `htm`, `htu` without query, `ath` of the token, a new `jti` (RFC 9449 §4.2). */
export async function signProof(
  key: ProofKey,
  request: { readonly method: string; readonly url: string; readonly nonce?: string },
  accessToken: string,
  nowMs: number,
): Promise<string> {
  const { origin, pathname } = new URL(request.url);
  return await new SignJWT({
    htm: request.method,
    htu: `${origin}${pathname}`,
    ath: createHash('sha256').update(accessToken).digest('base64url'),
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.algorithm, jwk: key.publicJwk })
    .setIssuedAt(Math.floor(nowMs / 1000))
    .setJti(randomUUID())
    .sign(key.pair.privateKey);
}
