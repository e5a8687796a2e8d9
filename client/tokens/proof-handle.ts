import { randomUUID } from 'node:crypto';
import { type DPoPHandle, getDPoPHandle, type TokenEndpointResponse } from 'openid-client';
import type { DiscoveryIssuer } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import { importProofKey, newProofKey, type StoredProofKey } from './proof-key.ts';
import { fromTokenResponse, type TokenSet } from './token-set.ts';
import type { Provider } from '../provider/discover-provider.ts';
import { text } from '../../shared/messages/text.ts';

/** The DPoP key of a sign-in, to store and to use. */
export interface ProofHandle {
  readonly key: StoredProofKey;
  readonly dpop: DPoPHandle;
}

/** A fresh key for the provider, or the given one; null where tokens are bearer tokens. */
export async function proofFor(provider: Provider, present?: StoredProofKey | null): Promise<ProofHandle | null> {
  const { proofAlgorithm } = provider;
  if (proofAlgorithm === null) return null;
  const key = present ?? (await newProofKey(proofAlgorithm));
  return { key, dpop: getDPoPHandle(provider.configuration, (await importProofKey(key)).pair) };
}

/**
 * What is kept of a sign-in's first answer.
 * @throws AccessError `idp-misconfigured` when the relay demands DPoP and the tokens aren't bound, or an ID token and there is none
 */
export function newTokenSet(parts: {
  readonly response: TokenEndpointResponse;
  readonly relayUrl: string;
  readonly issuer: DiscoveryIssuer;
  readonly proof: ProofHandle | null;
  readonly nowMs: number;
}): TokenSet {
  const { response, relayUrl, issuer, proof, nowMs } = parts;
  const before = { refreshToken: null, idToken: null, generation: 0 };
  const answered = fromTokenResponse(response, before, nowMs, issuer.tokenKind);
  if (issuer.dpop === 'required' && answered.scheme !== 'dpop') {
    throw new AccessError('idp-misconfigured', text('failure.unbound'));
  }
  return {
    version: 1,
    relayUrl,
    issuer,
    ...answered,
    proofKey: answered.scheme === 'dpop' ? (proof?.key ?? null) : null,
    signedInAtMs: nowMs,
    signInId: randomUUID(),
  };
}
