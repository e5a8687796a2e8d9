import type { MiddlewareHandler } from 'hono';
import { LRUCache } from 'lru-cache';
import { AccessError } from '../../shared/errors.ts';
import type { AdminContext, AdminEnv } from './admin-env.ts';
import { fingerprint, readIdempotencyKey } from './idempotency/idempotency-key.ts';
import type { SharedTakenKeys } from '../acts/shared-taken-keys.ts';
import { keyLifetimeMs, type TakenKey } from '../acts/taken-key.ts';
import type { TakenKeys } from './idempotency/taken-keys.ts';

interface KeptAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Carries a request with an idempotency key out once, and answers its repetitions the same, but for what is told once. */
export interface IdempotentActs {
  readonly middleware: MiddlewareHandler<AdminEnv>;
  close(): void;
}

const maxKeptBytes = 32 * 1024 * 1024;
const mostKept = 5000;

/** Where keys are; opened when the first one comes. */
export interface KeyPlaces {
  readonly own: () => TakenKeys;
  /** Of relays that share a storage. While it is away the relay’s own keys count alone. */
  readonly shared: (() => SharedTakenKeys) | null;
}

/** @param now for tests */
export function idempotentActs(places: KeyPlaces, now: () => number = Date.now): IdempotentActs {
  let keys: TakenKeys | undefined;
  let sharedKeys: SharedTakenKeys | undefined;
  const underWay = new Map<string, string>();
  const answers = new LRUCache<string, KeptAnswer>({
    max: mostKept,
    maxSize: maxKeptBytes,
    sizeCalculation: ({ body }) => body.byteLength + 500,
    ttl: keyLifetimeMs,
  });

  const takeShared = async (key: TakenKey): Promise<'new' | 'same' | 'other' | 'away'> => {
    if (places.shared === null) return 'away';
    sharedKeys ??= places.shared();
    return sharedKeys.take(key, now()).catch(unlessAway);
  };
  /** @param isShared whether the key in the storage is this relay’s: another’s, who may have carried it out, stays */
  const release = async (id: string, isShared: boolean): Promise<void> => {
    try {
      keys?.release(id);
    } finally {
      if (isShared) await sharedKeys?.release(id).catch(unlessAway);
    }
  };

  const carryOut = async (
    context: AdminContext,
    { id, isShared }: { readonly id: string; readonly isShared: boolean },
    next: () => Promise<void>,
  ): Promise<void> => {
    let isDone = false;
    try {
      await next();
      if (!context.res.ok) return;
      isDone = true;
      if (context.get('isToldOnce') === true) return;
      const body = new Uint8Array(await context.res.clone().arrayBuffer());
      answers.set(id, { status: context.res.status, headers: [...context.res.headers], body });
    } finally {
      try {
        if (!isDone) await release(id, isShared);
      } finally {
        underWay.delete(id);
      }
    }
  };

  return {
    async middleware(context, next) {
      const header = context.req.header('idempotency-key');
      if (context.req.method !== 'POST' || header === undefined) return next();
      const key = readIdempotencyKey(header);
      const { person, name } = context.get('caller');
      const operator = person === null ? fingerprint(name) : fingerprint(person.issuer, person.subject);
      const id = fingerprint(operator, key);
      const { pathname, search } = new URL(context.req.url);
      const request = fingerprint(pathname, search, new Uint8Array(await context.req.arrayBuffer()));
      const before = underWay.get(id);
      if (before === request)
        throw new AccessError('key-in-use', 'The request with this Idempotency-Key is still being carried out.');
      const took = { id, operator, request };
      let taken: 'new' | 'same' | 'other' | 'away' =
        before === undefined ? (keys ??= places.own()).take(took, now()) : 'other';
      if (taken === 'new') {
        underWay.set(id, request);
        try {
          taken = await takeShared(took);
        } catch (error) {
          keys?.release(id);
          throw error;
        } finally {
          underWay.delete(id);
        }
        // What another relay has carried out, or gives up, isn’t this one’s to know of.
        if (taken === 'other' || taken === 'same') keys?.release(id);
      }
      if (taken === 'other')
        throw new AccessError('key-reused', 'This Idempotency-Key came with another request within the last 24 hours.');
      if (taken === 'same') return answerAgain(context, answers.get(id));
      underWay.set(id, request);
      return carryOut(context, { id, isShared: taken === 'new' }, next);
    },
    close: () => keys?.close(),
  };
}

function unlessAway(error: unknown): 'away' {
  if (error instanceof AccessError && error.code === 'shared-state-unavailable') return 'away';
  throw error;
}

function answerAgain(context: AdminContext, kept: KeptAnswer | undefined): Response {
  if (kept === undefined)
    throw new AccessError(
      'key-in-use',
      'A request with this Idempotency-Key was begun before, and its answer isn’t kept here: it came to another relay, or the relay has been started anew since, or had many, or it is told once alone, as a link is. See whether it was carried out.',
    );
  for (const [name, value] of kept.headers) context.header(name, value);
  context.header('Idempotent-Replayed', 'true');
  return context.body(kept.body, kept.status as 200);
}
