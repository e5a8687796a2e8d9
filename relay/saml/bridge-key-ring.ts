import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { JWK } from 'jose';
import { z } from 'zod';

/** Secrets of the bridge’s OpenID provider, as they are to be used now. */
export interface BridgeSecrets {
  /** Private ES256 keys; the first signs, all are published. */
  readonly jwks: readonly JWK[];
  /** Sign cookies; the first one does, all are accepted. */
  readonly cookieKeys: readonly string[];
  readonly dpopNonce: Buffer;
}

const hourMs = 3_600_000;
const rotateAfterMs = 30 * 24 * hourMs;
/** A new key is published this long before it signs, and an old one this long after. */
const overlapMs = 24 * hourMs;

/** All that is kept of the keys, as JSON. */
export const keyRingSchema = z.object({
  signing: z.array(z.strictObject({ createdAtMs: z.number(), privateKey: z.string() })).min(1),
  dpopNonce: z.string().length(64),
});
export type KeyRing = z.infer<typeof keyRingSchema>;

/** A ring with one key, which signs at once. */
export function newKeyRing(nowMs: number): KeyRing {
  return { signing: [makeKey(nowMs)], dpopNonce: randomBytes(32).toString('hex') };
}

/** The ring with a new key and without those that are no longer needed; null when none is due. */
export function rotated(ring: KeyRing, nowMs: number): KeyRing | null {
  const newest = ring.signing.at(-1);
  if (newest !== undefined && nowMs - newest.createdAtMs < rotateAfterMs - overlapMs) return null;
  return { ...ring, signing: [...ring.signing.filter((_, index) => stillNeeded(ring, index, nowMs)), makeKey(nowMs)] };
}

/** What a ring says at a moment. Pure. */
export function secretsOf(ring: KeyRing, nowMs: number): BridgeSecrets {
  const needed = ring.signing.filter((_, index) => stillNeeded(ring, index, nowMs));
  const published = needed.filter(({ createdAtMs }) => nowMs - createdAtMs >= overlapMs);
  const active = published.at(-1) ?? needed[0];
  const ordered = active === undefined ? needed : [active, ...needed.filter((key) => key !== active)];
  return {
    jwks: ordered.map(({ privateKey }) => privateJwk(createPrivateKey(privateKey))),
    // They change with the signing keys, so that every relay knows the next one a day before.
    cookieKeys: ordered.map(({ privateKey }) => createHmac('sha256', privateKey).update('cookies').digest('hex')),
    dpopNonce: Buffer.from(ring.dpopNonce, 'hex'),
  };
}

/** A key is needed until its successor has signed for longer than the overlap. */
function stillNeeded({ signing }: KeyRing, index: number, nowMs: number): boolean {
  const successor = signing[index + 1];
  return successor === undefined || nowMs - successor.createdAtMs < 2 * overlapMs;
}

function privateJwk(key: KeyObject): JWK {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  // JWK thumbprint, RFC 7638.
  const kid = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url');
  return { ...key.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } as JWK;
}

/** Tells two moments of a ring apart. */
export function fingerprint({ jwks }: BridgeSecrets): string {
  return JSON.stringify(jwks.map(({ kid }) => kid));
}

function makeKey(createdAtMs: number): KeyRing['signing'][number] {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { createdAtMs, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
