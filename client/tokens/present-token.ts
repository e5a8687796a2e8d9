import type { TokenSource } from './token-source.ts';
import { type ProofKey, signProof } from './proof-key.ts';
import type { TokenSet } from './token-set.ts';

/**
 * The access token with a fresh proof for one request (RFC 9449 §4.2), as the relay takes it.
 * @param relayUrl the relay's address as the person typed it; proofs name the relay's own instead
 * @param proofKey null where the token is a bearer token
 */
export async function presentToken(
  tokens: TokenSet,
  proofKey: ProofKey | null,
  target: Parameters<TokenSource['present']>[0],
  relayUrl: string,
  nowMs: number,
): ReturnType<TokenSource['present']> {
  const base = { scheme: tokens.scheme, token: tokens.accessToken, expiresAtMs: tokens.expiresAtMs };
  if (proofKey === null) return { ...base, dpopProof: undefined };
  const url = target.url.startsWith(relayUrl)
    ? new URL(target.url.slice(relayUrl.length) || '/', tokens.relayUrl).href
    : target.url;
  return { ...base, dpopProof: await signProof(proofKey, { ...target, url }, tokens.accessToken, nowMs) };
}
