import { AccessError } from '../../shared/errors.ts';
import type { HeldTokens, SharedTokens } from '../tokens/shared-tokens.ts';
import type { StoredTokens, TokenSet, TokenVault } from '../tokens/token-set.ts';
import { text } from '../../shared/messages/text.ts';

/** What a sign-out found on this computer, and what became of it. */
export interface ForgottenSignIn {
  /** Each sign-in that could be read, to be ended at its provider. */
  readonly tokens: readonly TokenSet[];
  /** Where one was deleted that couldn't be read, and so can't be ended at the provider. */
  readonly closed: readonly string[];
  /** What kept a place from being emptied; null when nothing secret is left. */
  failure: unknown;
}

/** Another process that renews just now is waited for; one that holds on for longer loses what it has. */
const longestLockWaitMs = 5_000;

/**
 * Deletes a profile's sign-in in every place of this computer, opened or not. `inUse` is the newest that this process
 * knows.
 */
export async function forgetSignIn(
  shared: SharedTokens,
  vault: TokenVault,
  inUse: StoredTokens | null,
): Promise<ForgottenSignIn> {
  const elsewhere = await vault.elsewhere().catch(() => ({ tokens: [], closed: [] }));
  const closed = [...elsewhere.closed];
  let stored: StoredTokens | null = null;
  let failure: unknown = null;
  const waited = AbortSignal.timeout(longestLockWaitMs);
  try {
    await shared.hold(async (held) => {
      try {
        stored = await held.read();
      } catch {
        // What can't be read can't be revoked, but it can still be deleted.
        if (inUse === null) closed.push(text('failure.kept.undecryptable'));
      }
      await held.clear();
    }, waited);
  } catch (error) {
    failure = waited.aborted ? await vault.clear().catch((reason: unknown) => reason) : error;
  }
  return { tokens: endable([stored, inUse, ...elsewhere.tokens]), closed, failure: failure ?? null };
}

/** Deletes a sign-in that came too late, where nothing else has taken its place; gives what kept it there, or null. */
export async function forgetLateSignIn(shared: SharedTokens, vault: TokenVault, late: TokenSet): Promise<unknown> {
  const drop = async (place: Pick<HeldTokens, 'read' | 'clear'>): Promise<void> => {
    const stored = await place.read();
    if (stored?.signInId === late.signInId) await place.clear();
  };
  try {
    await shared.hold(drop, AbortSignal.timeout(longestLockWaitMs)).catch(() => drop(vault));
    return null;
  } catch (failure) {
    return failure;
  }
}

/** The newest of each sign-in; one that its provider has ended needs no ending. */
function endable(found: readonly (StoredTokens | null)[]): readonly TokenSet[] {
  const newest = new Map<string, TokenSet>();
  for (const tokens of found) {
    if (tokens === null || tokens.ended !== null) continue;
    const known = newest.get(tokens.signInId);
    if (known === undefined || known.generation < tokens.generation) newest.set(tokens.signInId, tokens);
  }
  return [...newest.values()];
}

const listed = (places: readonly string[]): string => places.join('; ');

/** A sign-in is there, but not to be opened now. */
export function closedSignIn(places: readonly string[]): AccessError {
  return new AccessError('sign-in-closed', text('failure.kept', { places: listed(places) }));
}

/** A sign-in was deleted that nobody could read. */
export function unreadSignIn(places: readonly string[]): AccessError {
  return new AccessError('not-revoked', text('failure.kept-unread', { places: listed(places) }));
}

/** Something secret stayed on the disk. */
export function undeletedSignIn(cause: unknown): AccessError {
  return new AccessError('sign-in-left', text('failure.undeleted', { why: (cause as Error).message }), { cause });
}
