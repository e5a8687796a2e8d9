import { setTimeout as wait } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { RefreshLock } from './refresh-lock.ts';
import type { StoredTokens, TokenVault } from './token-set.ts';

/** What the holder of the lock sees and changes. */
export interface HeldTokens {
  /** The newest tokens that this process knows to be the profile's: those still to be stored, else the stored ones. */
  read(): Promise<StoredTokens | null>;
  /** Takes the tokens; a store that can't be written now gets them later, and never loses them. */
  write(tokens: StoredTokens): Promise<void>;
  /** Forgets the tokens. @throws when they can't be deleted */
  clear(): Promise<void>;
}

/** One profile's tokens, as all processes and all callers of this one share them. */
export interface SharedTokens {
  /** Runs `work` while nobody else does. @throws the signal's reason when it aborts while waiting */
  hold<T>(work: (held: HeldTokens) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Looks without the lock; another process may be changing what stands there. */
  read(): Promise<StoredTokens | null>;
  /** Why the tokens in use aren't stored, null when they are. */
  unstored(): Error | null;
  /** Stores what waits, if that works now, and gives the lock back. */
  close(): Promise<void>;
}

/** Virus scanners and backups hold a file for moments (EBUSY, EPERM on Windows). */
const quickTriesMs = [0, 100, 300];
const retryMs = 2_000;

/**
 * See {@link SharedTokens}. A rotation can't be undone: the provider takes a used refresh token for theft (RFC 9700
 * §4.14.2). So tokens that can't be stored stay in memory, and the lock stays held, which keeps every other process
 * from replaying the old ones, until the store takes them.
 */
export function shareTokens(vault: TokenVault, lock: RefreshLock, delays = { quickTriesMs, retryMs }): SharedTokens {
  const queue = new PQueue({ concurrency: 1 });
  let waiting: { readonly tokens: StoredTokens; readonly over: StoredTokens | null; readonly cause: Error } | null =
    null;
  let retained: Promise<unknown> | null = null;
  const closing = new AbortController();

  const read = async (): Promise<StoredTokens | null> => waiting?.tokens ?? (await vault.read());

  async function tryToWrite(tokens: StoredTokens): Promise<Error | null> {
    let failure: Error | null = null;
    for (const delayMs of delays.quickTriesMs) {
      if (delayMs > 0) await wait(delayMs);
      try {
        await vault.write(tokens);
        return null;
      } catch (error) {
        failure = error as Error;
      }
    }
    return failure;
  }

  const held: HeldTokens = {
    read,
    async write(tokens) {
      const over = waiting === null ? await vault.read().catch(() => null) : waiting.over;
      const cause = await tryToWrite(tokens);
      waiting = cause === null ? null : { tokens, over, cause };
    },
    async clear() {
      waiting = null;
      await vault.clear();
    },
  };

  /** Another process has signed out or in since, without the lock: what waits belongs to nobody any more. */
  async function isOvertaken(tokens: StoredTokens, over: StoredTokens | null): Promise<boolean> {
    if (over === null) {
      // There was nothing, or nothing that can be read.
      const stored = await vault.read().catch(() => null);
      return stored !== null && stored.signInId !== tokens.signInId && stored.signedInAtMs > tokens.signedInAtMs;
    }
    const stored = await vault.read();
    return stored === null || stored.signInId !== over.signInId;
  }

  async function tryAgain(): Promise<void> {
    if (waiting === null) return;
    const { tokens, over } = waiting;
    try {
      if (!(await isOvertaken(tokens, over))) await vault.write(tokens);
      waiting = null;
    } catch (cause) {
      waiting = { tokens, over, cause: cause as Error };
    }
  }

  async function storeLater(): Promise<void> {
    while (waiting !== null && !closing.signal.aborted) {
      await wait(delays.retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      await queue.add(async () => {
        await tryAgain();
        if (waiting === null || closing.signal.aborted) retained = null;
      });
    }
    retained = null;
  }

  function holdAnew<T>(work: (held: HeldTokens) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const holding = lock.hold(async () => {
      try {
        resolve(await work(held));
      } catch (error) {
        reject(error as Error);
      }
      // In the same turn, so that the next in the queue already finds the lock held.
      if (waiting !== null) await (retained = storeLater());
    }, signal);
    holding.catch(reject);
    return promise;
  }

  function hold<T>(work: (held: HeldTokens) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const giveUp = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', giveUp, { once: true });
    // What has begun is never given up halfway.
    const begin = (given: HeldTokens): Promise<T> => {
      signal?.throwIfAborted();
      signal?.removeEventListener('abort', giveUp);
      return work(given);
    };
    queue
      .add(async () => {
        signal?.throwIfAborted();
        return await (retained === null ? holdAnew(begin, signal) : begin(held));
      })
      .then(resolve, reject);
    return promise;
  }

  return {
    hold,
    read,
    unstored: () => waiting?.cause ?? null,
    async close() {
      closing.abort();
      await retained;
      lock.close();
    },
  };
}
