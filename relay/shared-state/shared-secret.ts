import type { SharedStateConfig } from '../config/config-schema.ts';
import { deriveKey } from './derive-key.ts';
import { createSeal, type Seal } from './seal.ts';

/** The secret that relays share, and another one that counts, too, while it is changed. */
export type SharedSecret = Readonly<Pick<SharedStateConfig, 'secret' | 'other_secret'>>;

/** What seals for one purpose and opens with either secret; undefined where relays share none. */
export function sharedSeal({ secret, other_secret: other }: SharedSecret, purpose: string): Seal | undefined {
  if (secret === undefined) return undefined;
  const others = other === undefined ? [] : [deriveKey(other, purpose)];
  return createSeal(deriveKey(secret, purpose), ...others);
}
