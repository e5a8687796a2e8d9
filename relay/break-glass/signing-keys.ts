import { createECDH, createPrivateKey, hash, hkdfSync, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import type { Config } from '../config/config-schema.ts';
import { ofSecret, type SecretNow } from '../shared-state/shared-secret.ts';
import { openPrivateSecret } from '../storage/private-secret.ts';

/** A key pair (ES256) that signs for some weeks. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

/** Keys of the relay’s own sign-ins. */
export interface BreakGlassKeys {
  /** The one that signs now. */
  current(nowMs: number): SigningKey;
  /** Those whose tokens count now: of the weeks before and after, too. */
  published(nowMs: number): readonly JWK[];
}

const periodMs = 30 * 24 * 3_600_000;
/** Order of the group of P-256 (SP 800-186 §3.2.1.3). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const secretName = 'break-glass.secret';

/**
 * Keys that follow from a secret and the calendar alone: all relays and processes with the same secret have the same keys
 * at any time, with nothing else in reach. Relays that share state have theirs, others one of their data folder.
 * @param now what they share
 * @throws AccessError `bad-config` when the secret can’t be read
 */
export function openBreakGlassKeys({ relay }: Pick<Config, 'relay'>, now: SecretNow): BreakGlassKeys {
  if (now().secret === undefined) return breakGlassKeys(openPrivateSecret(relay.data, secretName));
  const keys = ofSecret(now, (secret, others) =>
    breakGlassKeys(Buffer.from(secret), ...others.map((other) => Buffer.from(other))),
  );
  return { current: (nowMs) => keys().current(nowMs), published: (nowMs) => keys().published(nowMs) };
}

/** @param others secrets whose keys’ tokens count, too */
export function breakGlassKeys(secret: Buffer, ...others: readonly Buffer[]): BreakGlassKeys {
  const own = keysOf(secret);
  const all = [own, ...others.map(keysOf)];
  return {
    ...own,
    // A key that is published twice is ambiguous: no token of it would count.
    published: (nowMs) => [
      ...new Map(all.flatMap((keys) => keys.published(nowMs)).map((jwk) => [jwk.kid, jwk])).values(),
    ],
  };
}

function keysOf(secret: Buffer): BreakGlassKeys {
  const made = new Map<number, SigningKey>();
  const keyOf = (period: number): SigningKey => {
    const known = made.get(period);
    if (known !== undefined) return known;
    if (made.size > 8) made.clear();
    const key = deriveSigningKey(secret, period);
    made.set(period, key);
    return key;
  };
  const periodOf = (nowMs: number): number => Math.floor(nowMs / periodMs);
  return {
    current: (nowMs) => keyOf(periodOf(nowMs)),
    published: (nowMs) => [0, -1, 1].map((step) => keyOf(periodOf(nowMs) + step).publicJwk),
  };
}

/** By extra random bits (FIPS 186-5 §A.2.1), which HKDF (RFC 5869) makes of the secret. */
function deriveSigningKey(secret: Buffer, period: number): SigningKey {
  const bits = Buffer.from(hkdfSync('sha256', secret, 'causeway break-glass', `signing ${period}`, 48));
  const scalar = (BigInt(`0x${bits.toString('hex')}`) % (order - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const jwk = { kty: 'EC', crv: 'P-256', x, y } as const;
  // JWK thumbprint, RFC 7638 §3.
  const kid = hash('sha256', JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x, y }), 'base64url');
  const privateKey = createPrivateKey({ key: { ...jwk, d: d.toString('base64url') }, format: 'jwk' });
  return { kid, privateKey, publicJwk: { ...jwk, kid, alg: 'ES256', use: 'sig' } };
}
