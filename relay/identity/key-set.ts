import { type Reason, reason as sentence } from '../../shared/reason.ts';
import { KeyObject } from 'node:crypto';
import { createLocalJWKSet, errors, importJWK, type JSONWebKeySet, type JWK, type JWSHeaderParameters } from 'jose';
import { mark, quoted, refused } from './refuse.ts';

/** The usable verification keys of one issuer at one moment; immutable. */
export interface KeySet {
  /** The kept keys, to see whether a newer set differs. */
  readonly fingerprint: string;
  readonly size: number;
  /** Names of all published keys, fit or not. */
  readonly kids: ReadonlySet<string>;
  /** Why keys were left out, in words. */
  readonly leftOut: readonly string[];
  /**
   * The one key for this header, or undefined when none has its kid.
   * @throws AccessError `token-rejected` when the choice is ambiguous or the key unfit.
   */
  keyFor(header: JWSHeaderParameters): Promise<KeyObject | undefined>;
}

const maxKeys = 500;

/**
 * Keeps what is fit from a JWKS (RFC 7517): public keys of asymmetric kinds, RSA of 2,048 bits or more.
 * @throws Error when it isn't a JWKS.
 */
export async function createKeySet(value: unknown): Promise<KeySet> {
  const keys: unknown = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(keys) || keys.length > maxKeys) throw new Error('the provider’s key document isn’t a usable JWKS');
  const kept: JWK[] = [];
  const unfit = new Map<string | undefined, string>();
  for (const key of keys as readonly unknown[]) {
    const reason = await unfitness(key);
    if (reason === undefined) kept.push(publicPart(key as JWK));
    else unfit.set((key as JWK | null)?.kid, reason);
  }
  const local = createLocalJWKSet({ keys: kept } satisfies JSONWebKeySet);
  // The choice depends on nothing but alg and kid. Only choices that were made are kept: a key and algorithm each.
  const chosen = new Map<unknown, Map<unknown, KeyObject>>();
  return {
    fingerprint: JSON.stringify([kept, [...unfit]]),
    size: kept.length,
    kids: new Set([...kept.map(({ kid }) => kid), ...unfit.keys()].filter((kid) => typeof kid === 'string')),
    leftOut: [...unfit].map(([kid, reason]) => `key ${quoted(kid)} ${reason}`),
    async keyFor(header) {
      const { alg, kid } = header;
      const known = chosen.get(kid)?.get(alg);
      if (known !== undefined) return known;
      try {
        const key = KeyObject.from(await local(header));
        chosen.set(kid, (chosen.get(kid) ?? new Map<unknown, KeyObject>()).set(alg, key));
        return key;
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey) {
          const reason = unfit.get(header.kid);
          if (reason !== undefined) throw refused(`is signed with a key that ${reason}`, unfitKey(header), error);
          return undefined;
        }
        if (error instanceof errors.JWKSMultipleMatchingKeys)
          throw refused(
            header.kid === undefined
              ? 'doesn’t say which of the issuer’s keys signed it (kid)'
              : 'names a key that the issuer publishes more than once (kid)',
            unfitKey(header),
            error,
          );
        throw refused('is signed with a key that can’t be used', unfitKey(header), error);
      }
    },
  };
}

function unfitKey({ kid }: JWSHeaderParameters): Reason {
  return sentence('token-signature-unfit', { mark: mark('kid', kid) });
}

/** Why a key can't serve, or undefined when it can. */
async function unfitness(key: unknown): Promise<string | undefined> {
  if (typeof key !== 'object' || key === null) return 'isn’t an object';
  const { kty, n, use } = key as JWK;
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return 'isn’t of a public-key kind';
  if (use === 'enc') return 'is for encryption only';
  if (kty === 'RSA') {
    const bits = Buffer.from(String(n), 'base64url').toString('hex').replace(/^0+/, '').length * 4;
    if (bits < 2048) return `is RSA with only ${bits} bits (2,048 are needed)`;
    return undefined;
  }
  try {
    await importJWK(publicPart(key as JWK), kty === 'OKP' ? 'EdDSA' : ecAlgorithm(key as JWK));
    return undefined;
  } catch {
    return 'can’t be read';
  }
}

function ecAlgorithm(key: JWK): string {
  return key.crv === 'P-521' ? 'ES512' : key.crv === 'P-384' ? 'ES384' : 'ES256';
}

/** Only the members that verification needs, so that a private key published by mistake never becomes one here. */
function publicPart({ kty, kid, alg, use, key_ops, crv, x, y, n, e }: JWK): JWK {
  const key: Record<string, unknown> = { kty, kid, alg, use, key_ops, crv, x, y, n, e };
  return Object.fromEntries(Object.entries(key).filter(([, value]) => value !== undefined)) as JWK;
}
