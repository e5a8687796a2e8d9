import { text } from '../../shared/messages/text.ts';
import { signOutPath } from '../../shared/discovery-document.ts';
import type { HttpClient } from '../network/http-client.ts';
import { presentToken } from '../tokens/present-token.ts';
import { importProofKey } from '../tokens/proof-key.ts';
import type { TokenSet } from '../tokens/token-set.ts';
import { askRelay } from './ask-relay.ts';

const longestMs = 3000;

/**
 * Tells the relay that the sign-in has ended, so that what else it has opened there ends as well. Says whether the relay
 * has taken it; takes 3 s at most. An older relay, or one that is away, keeps what is open until the token ends.
 */
export async function signOutAtRelay(
  relayUrl: string,
  http: HttpClient,
  tokens: TokenSet,
  now: () => number,
): Promise<boolean> {
  if (tokens.expiresAtMs <= now()) return false;
  const { scheme, proofKey } = tokens;
  try {
    const key = scheme === 'dpop' && proofKey !== null ? await importProofKey(proofKey) : null;
    await askRelay(
      relayUrl,
      http,
      { present: (target) => presentToken(tokens, key, target, relayUrl, now()) },
      { path: signOutPath, body: {}, about: text('failure.about-sign-out'), signal: AbortSignal.timeout(longestMs) },
    );
    return true;
  } catch {
    // Whatever it was, the rest of the sign-out has to go on.
    return false;
  }
}
