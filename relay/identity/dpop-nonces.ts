import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { AccessError } from '../../shared/errors.ts';
import { reason as sentence } from '../../shared/reason.ts';

/** Nonces that DPoP proofs must carry (RFC 9449 §9): they change by themselves and need no memory. */
export interface DpopNonces {
  current(): string;
  /** Whether it is the present nonce or the one before. */
  isValid(nonce: unknown): boolean;
}

/** The proof must be made again with `nonce`. */
export class DpopNonceError extends AccessError {
  readonly nonce: string;
  constructor(words: 'needs' | 'needs a newer', nonce: string) {
    super('token-rejected', `The DPoP proof ${words} nonce of this relay.`, { reasons: [sentence('proof-nonce')] });
    this.nonce = nonce;
  }
}

/**
 * A nonce is the HMAC of the time slice: relays with the same secret take each other's, and a new secret, as after a
 * restart of a relay on its own, voids all nonces from before.
 */
export function createDpopNonces(options: {
  readonly now: () => number;
  readonly lifetimeMs?: number;
  /** The first makes nonces; those of all count. */
  readonly secrets?: () => readonly [Buffer, ...Buffer[]];
}): DpopNonces {
  const own = randomBytes(32);
  const { now, lifetimeMs = 120_000, secrets = () => [own] } = options;
  const of = (secret: Buffer, slice: number): string =>
    createHmac('sha256', secret).update(`dpop ${slice}`).digest('base64url');
  const slice = (): number => Math.floor(now() / lifetimeMs);
  return {
    current: () => of(secrets()[0], slice()),
    isValid(nonce) {
      if (typeof nonce !== 'string') return false;
      const given = Buffer.from(nonce);
      const slices = [slice(), slice() - 1];
      return secrets()
        .flatMap((secret) => slices.map((at) => Buffer.from(of(secret, at))))
        .some((wanted) => given.length === wanted.length && timingSafeEqual(given, wanted));
    },
  };
}
