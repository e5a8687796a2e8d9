import { setTimeout as wait } from 'node:timers/promises';
import { AccessError } from '../../shared/errors.ts';
import type { TokenSource } from './token-source.ts';
import { presentToken } from './present-token.ts';
import { importProofKey, type ProofKey } from './proof-key.ts';
import { renewAtMs, retryDelayMs } from './renewal-schedule.ts';
import { isSamePerson } from './same-person.ts';
import type { HeldTokens, SharedTokens } from './shared-tokens.ts';
import type { EndedTokens, StoredTokens, TokenSet } from './token-set.ts';
import { text } from '../../shared/messages/text.ts';

/** What the keeper tells: a change of tokens, a renewal that fails for now, or the end of the sign-in. */
export type TokenEvent =
  | { readonly type: 'did-renew'; readonly tokens: TokenSet }
  | { readonly type: 'did-fail'; readonly error: AccessError }
  | { readonly type: 'did-end'; readonly error: AccessError };

export interface TokenKeeperOptions {
  readonly tokens: StoredTokens;
  readonly shared: SharedTokens;
  /** Asks the provider once; throws `sign-in-expired` when the person is needed. */
  readonly renew: (tokens: TokenSet) => Promise<TokenSet>;
  /** The relay's address as the person typed it; proofs name the relay's own instead. */
  readonly relayUrl: string;
  readonly onEvent: (event: TokenEvent) => void;
  readonly now: () => number;
  readonly random?: () => number;
  /** How long to wait for another process that holds the lock, in milliseconds. */
  readonly lockWaitMs?: number;
}

/** Keeps one profile's tokens valid until `close()`. */
export interface TokenKeeper extends TokenSource {
  current(): StoredTokens;
  /** Begins renewing ahead of expiry. */
  start(): void;
  /** Renews now, one at a time in this process and among processes. @throws AccessError when it can't */
  renewNow(): Promise<TokenSet>;
  /** Takes the tokens of a fresh sign-in in place of the present ones, stored for every process. */
  adopt(fresh: TokenSet): Promise<TokenSet>;
  /** Takes what another process has stored since; null when there is nothing newer. */
  adoptStored(): Promise<TokenSet | null>;
  /** The sign-in was ended from outside: no process of this profile takes these tokens up again. Emits nothing. */
  abandon(failure: AccessError): Promise<void>;
  /** Renews when it is time or past it, for example after sleep; never throws. */
  checkNow(): Promise<void>;
  /** Ends renewal; waits some seconds for one that is with the provider, so that its outcome isn't lost. */
  close(): Promise<void>;
}

/** A token with less life than this, or than a tenth of its whole life, is renewed before it is presented. */
const shortLifeMs = 10_000;
const longestTimerMs = 2 ** 31 - 1;
/** Longer than another process's renewal takes where the provider answers; a later try finds what it has stored. */
const longestLockWaitMs = 8_000;
/** Longest that an end waits for a provider that has been asked and doesn't answer. */
const longestEndMs = 2_500;

/** See {@link TokenKeeper}. Rotation is single-flight: whoever holds the lock first looks what others have stored. */
export function createTokenKeeper(options: TokenKeeperOptions): TokenKeeper {
  const random = options.random ?? Math.random;
  let tokens = options.tokens;
  let proofKey: Promise<ProofKey> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let inFlight: Promise<TokenSet> | undefined;
  let failures = 0;
  const closing = new AbortController();

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    if (closing.signal.aborted || tokens.ended) return;
    timer = setTimeout(() => void attempt(), Math.min(longestTimerMs, Math.max(0, delayMs)));
  }

  async function attempt(): Promise<void> {
    try {
      await renewNow();
    } catch {
      // The event has told it; the next attempt is already scheduled.
    }
  }

  async function hold<T>(work: (held: HeldTokens) => Promise<T>): Promise<T> {
    const waited = AbortSignal.timeout(options.lockWaitMs ?? longestLockWaitMs);
    try {
      return await options.shared.hold(work, AbortSignal.any([closing.signal, waited]));
    } catch (error) {
      if (error !== waited.reason) throw error;
      throw new AccessError('renewal-failed', text('failure.sign-in-held'), { cause: error });
    }
  }

  /** Whether another process has stored a renewal or a later sign-in; only the holder of the lock stores anything. */
  const isNewer = (stored: StoredTokens): boolean =>
    stored.signInId !== tokens.signInId || stored.generation > tokens.generation;

  /** What another process has stored in the meantime; null when nothing. @throws when it has ended the sign-in */
  async function storedSince(held: HeldTokens): Promise<TokenSet | null> {
    const stored = await held.read();
    if (!stored || stored.ended) {
      throw new AccessError('sign-in-expired', stored?.ended?.detail ?? text('failure.signed-out-elsewhere'));
    }
    if (!isNewer(stored)) return null;
    if (isSamePerson(stored, tokens)) return stored;
    throw new AccessError('sign-in-expired', text('failure.other-person'));
  }

  /** The tokens of a sign-in that goes on. @throws AccessError `sign-in-expired` */
  function liveTokens(): TokenSet {
    if (tokens.ended === null) return tokens;
    throw new AccessError('sign-in-expired', tokens.ended.detail);
  }

  async function rotate(held: HeldTokens): Promise<TokenSet> {
    const before = await storedSince(held);
    if (before !== null) return before;
    const renewed = await options.renew(liveTokens());
    // Whoever couldn't wait for the lock any longer has signed in or out without it.
    const since = await storedSince(held).catch((error: unknown) => {
      if (error instanceof AccessError && error.code === 'sign-in-expired') throw error;
      return null;
    });
    if (since !== null) return since;
    await held.write(renewed);
    return renewed;
  }

  async function renewOnce(): Promise<TokenSet> {
    try {
      const renewed = await hold(rotate);
      tokens = renewed;
      failures = 0;
      schedule(renewAtMs(tokens, random()) - options.now());
      if (!closing.signal.aborted) options.onEvent({ type: 'did-renew', tokens: renewed });
      return renewed;
    } catch (error) {
      if (closing.signal.aborted) throw error;
      const failure =
        error instanceof AccessError ? error : new AccessError('renewal-failed', String(error), { cause: error });
      if (failure.code === 'sign-in-expired') await end(failure);
      else {
        schedule(retryDelayMs(failures, random()));
        failures += 1;
        options.onEvent({ type: 'did-fail', error: failure });
      }
      throw failure;
    }
  }

  /** Stores the end of this sign-in; what another process has stored since is of a later one, and ends by itself. */
  async function endStored(failure: AccessError): Promise<void> {
    const ended: EndedTokens = { ...withoutTokens(tokens), ended: endedBy(failure) };
    tokens = ended;
    await hold(async (held) => {
      const stored = await held.read();
      if (stored !== null && !isNewer(stored)) await held.write(ended);
    });
  }

  function endedBy({ code, message: detail, atMs }: AccessError): EndedTokens['ended'] {
    if (code !== 'session-revoked') return { detail };
    return { detail, code, atMs: atMs ?? options.now() };
  }

  async function end(failure: AccessError): Promise<void> {
    clearTimeout(timer);
    try {
      await endStored(failure);
    } finally {
      options.onEvent({ type: 'did-end', error: failure });
    }
  }

  async function renewNow(): Promise<TokenSet> {
    liveTokens();
    inFlight ??= renewOnce().finally(() => {
      inFlight = undefined;
    });
    return await inFlight;
  }

  function take(newer: TokenSet): TokenSet {
    tokens = newer;
    failures = 0;
    proofKey = undefined;
    schedule(renewAtMs(tokens, random()) - options.now());
    if (!closing.signal.aborted) options.onEvent({ type: 'did-renew', tokens: newer });
    return newer;
  }

  return {
    current: () => tokens,
    adopt: (fresh) =>
      hold(async (held) => {
        const stored = await held.read();
        if (tokens.ended || !stored || stored.ended || !isSamePerson(stored, fresh)) {
          throw new AccessError('sign-in-expired', text('failure.ended-meanwhile'));
        }
        const next = { ...fresh, generation: Math.max(stored.generation, tokens.generation) + 1 };
        await held.write(next);
        return take(next);
      }),
    async adoptStored() {
      const stored = await options.shared.read();
      if (closing.signal.aborted || tokens.ended || !stored || stored.ended || !isNewer(stored)) return null;
      return isSamePerson(stored, tokens) ? take(stored) : null;
    },
    async abandon(failure) {
      clearTimeout(timer);
      if (!tokens.ended) await endStored(failure);
    },
    start: () => schedule(renewAtMs(tokens, random()) - options.now()),
    renewNow,
    async checkNow() {
      if (closing.signal.aborted || tokens.ended) return;
      if (options.now() >= renewAtMs(tokens, 0) || failures > 0) await attempt();
      else schedule(renewAtMs(tokens, random()) - options.now());
    },
    async present(target) {
      const marginMs = Math.min(shortLifeMs, (tokens.expiresAtMs - tokens.renewedAtMs) * 0.1);
      if (tokens.ended || options.now() >= tokens.expiresAtMs - marginMs) await renewNow();
      const presented = liveTokens();
      if (presented.scheme === 'dpop' && presented.proofKey) proofKey ??= importProofKey(presented.proofKey);
      const key = presented.scheme === 'dpop' ? ((await proofKey) ?? null) : null;
      return presentToken(presented, key, target, options.relayUrl, options.now());
    },
    async close() {
      clearTimeout(timer);
      closing.abort(new AccessError('sign-in-expired', text('failure.ended-meanwhile')));
      const waited = new AbortController();
      const late = wait(longestEndMs, undefined, { signal: waited.signal }).catch(() => undefined);
      await Promise.race([inFlight?.catch(() => undefined), late]);
      waited.abort();
    },
  };
}

/** What stays of a sign-in when it ends. */
function withoutTokens(tokens: StoredTokens): Omit<EndedTokens, 'ended'> {
  if (tokens.ended !== null) return tokens;
  const { accessToken: _access, refreshToken: _refresh, ...others } = tokens;
  return others;
}
