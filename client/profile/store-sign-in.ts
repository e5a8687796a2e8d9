import { type HeldTokens, type SharedTokens } from '../tokens/shared-tokens.ts';
import type { TokenSet, TokenVault } from '../tokens/token-set.ts';

/** Longer than another process's renewal takes where the provider answers; one that takes longer looks again itself. */
const longestLockWaitMs = 8_000;

/** Stores a fresh sign-in as the next generation, so that an older process neither overwrites nor ends it. */
export async function storeSignIn(shared: SharedTokens, vault: TokenVault, fresh: TokenSet): Promise<TokenSet> {
  const put = async (place: Pick<HeldTokens, 'read' | 'write'>): Promise<TokenSet> => {
    // What can't be read, for example under another passphrase, is replaced.
    const before = await place.read().catch(() => null);
    const tokens = { ...fresh, generation: (before?.generation ?? 0) + 1 };
    await place.write(tokens);
    return tokens;
  };
  const waited = AbortSignal.timeout(longestLockWaitMs);
  try {
    return await shared.hold(put, waited);
  } catch (error) {
    if (error !== waited.reason) throw error;
    // A process that is stopped with the lock in hand looks again before it writes.
    return await put(vault);
  }
}
