import type { SharedStateConfig } from '../config/config-schema.ts';
import { deriveKey } from './derive-key.ts';
import { createSeal, type Seal } from './seal.ts';

/** The secret that relays share, and another one that counts, too, while it is changed. */
export type SharedSecret = Readonly<Pick<SharedStateConfig, 'secret' | 'other_secret'>>;

/** Says what the config in force has: both can be changed while the relay runs. */
export type SecretNow = () => SharedSecret;

export function isSameSecret(one: SharedSecret, other: SharedSecret): boolean {
  return one.secret === other.secret && one.other_secret === other.other_secret;
}

/** What seals for one purpose and opens with either secret; undefined where relays share none. */
export function sharedSeal(now: SecretNow, purpose: string): Seal | undefined {
  if (now().secret === undefined) return undefined;
  const seal = ofSecret(now, (secret, others) =>
    createSeal(deriveKey(secret, purpose), ...others.map((other) => deriveKey(other, purpose))),
  );
  return {
    close: (place, text) => seal().close(place, text),
    open: (place, sealed) => seal().open(place, sealed),
    isFormer: (place, sealed) => seal().isFormer(place, sealed),
  };
}

/** The same where the relays may be given their first secret while this one runs: there is a seal from then on. */
export function sealOnceShared(now: SecretNow, purpose: string): () => Seal | undefined {
  let seal: Seal | undefined;
  return () => (seal ??= sharedSeal(now, purpose));
}

/**
 * What is made of the secrets in force, made anew when they change. When there is none any more, the last one stays: what is
 * made of no secret can be made by anybody.
 * @returns what throws where there was none from the start
 */
export function ofSecret<Made>(now: SecretNow, make: (secret: string, others: readonly string[]) => Made): () => Made {
  let inForce = now();
  let known: { readonly of: SharedSecret; readonly made: Made } | null = null;
  const madeOf = ({ secret, other_secret: other }: SharedSecret): Made => {
    if (secret === undefined || secret === '') throw new Error('The relays share no secret.');
    return make(secret, other === undefined ? [] : [other]);
  };
  return () => {
    const newest = now();
    if (newest.secret !== undefined) inForce = newest;
    if (known === null || !isSameSecret(known.of, inForce)) known = { of: inForce, made: madeOf(inForce) };
    return known.made;
  };
}
