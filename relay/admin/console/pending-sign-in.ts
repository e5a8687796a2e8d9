import { randomBytes } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { FlowSecrets } from './console-provider.ts';

/** How long a person may take at the provider. */
export const pendingSeconds = 600;
const maxUsed = 10_000;

const pendingSchema = z.object({
  issuer: z.string(),
  verifier: z.string(),
  state: z.string(),
  nonce: z.string(),
  proofKey: z.object({ privateKey: z.looseObject({}), publicKey: z.looseObject({}) }).nullable(),
  returnTo: z.string(),
  replaces: z.string().nullable(),
});

/** A sign-in that is under way in one browser. */
export interface PendingSignIn extends FlowSecrets {
  readonly issuer: string;
  /** Path of the console to open afterwards. */
  readonly returnTo: string;
  /** Name of the session that this sign-in takes the place of. */
  readonly replaces: string | null;
}

/** Keeps sign-ins under way in the browsers themselves, so that nobody can crowd out those of others here. */
export interface PendingSignIns {
  /** Value of the cookie. */
  seal(pending: PendingSignIn): Promise<string>;
  /**
   * The sign-in that a callback with this state is of, once. `none` when the cookie is none of ours, too old, or was
   * used; `other` when it is of another sign-in, which can still be finished.
   */
  takeOnce(value: string, state: string): Promise<PendingSignIn | 'none' | 'other'>;
}

/** The key lives as long as the process: a restart ends what is under way. */
export function createPendingSignIns(now: () => number = Date.now): PendingSignIns {
  const key = randomBytes(32);
  const used = new LRUCache<string, true>({ max: maxUsed, ttl: pendingSeconds * 1000 });
  return {
    seal: (pending) =>
      new EncryptJWT({ ...pending })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(Math.floor(now() / 1000) + pendingSeconds)
        .encrypt(key),
    async takeOnce(value, state) {
      let payload: unknown;
      try {
        ({ payload } = await jwtDecrypt(value, key, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          currentDate: new Date(now()),
        }));
      } catch {
        // Altered, too old, or of another process: it counts as none.
        return 'none';
      }
      const parsed = pendingSchema.safeParse(payload);
      if (!parsed.success || used.has(parsed.data.state)) return 'none';
      if (parsed.data.state !== state) return 'other';
      used.set(parsed.data.state, true);
      return parsed.data;
    },
  };
}
