import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { clientCredentialsGrant } from 'openid-client';
import type { DiscoveryIssuer } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import type { HttpClient } from '../network/http-client.ts';
import { discoverProvider } from '../provider/discover-provider.ts';
import { newTokenSet, proofFor } from '../tokens/proof-handle.ts';
import { providerFailure } from '../provider/provider-failure.ts';
import type { StoredProofKey } from '../tokens/proof-key.ts';
import type { TokenSet } from '../tokens/token-set.ts';
import { clientAuthOf, type ServiceCredentials } from './service-credentials.ts';

export interface ServiceTokenRequest {
  readonly credentials: ServiceCredentials;
  readonly relayUrl: string;
  readonly issuer: DiscoveryIssuer;
  readonly http: HttpClient;
  /** Key to bind the token to; default a fresh one where the provider offers DPoP. */
  readonly proofKey?: StoredProofKey | null;
  readonly now: () => number;
}

/**
 * A service’s access token, by the client credentials grant (RFC 6749 §4.4) or straight from its file. There is no
 * refresh token: renewing is asking again.
 * @throws AccessError `sign-in-denied` when the provider doesn’t take the credentials, `bad-input` when they can’t be
 * read, `idp-unreachable`, `idp-misconfigured`, or `renewal-failed` for a token that has ended
 */
export async function requestServiceTokens(request: ServiceTokenRequest): Promise<TokenSet> {
  const { credentials, relayUrl, http, now } = request;
  if (credentials.type === 'token') return fileToken(request, await credentials.read());
  const issuer: DiscoveryIssuer = { ...request.issuer, clientId: credentials.clientId };
  const provider = await discoverProvider(issuer, http, await clientAuthOf(credentials));
  const proof = await proofFor(provider, request.proofKey);
  try {
    const response = await clientCredentialsGrant(
      provider.configuration,
      {
        ...(credentials.scope === undefined ? {} : { scope: credentials.scope }),
        ...(issuer.resource === undefined ? {} : { resource: issuer.resource }),
      },
      proof ? { DPoP: proof.dpop } : {},
    );
    return newTokenSet({ response, relayUrl, issuer, proof, nowMs: now() });
  } catch (error) {
    const { error: code } = error as { readonly error?: unknown };
    const failure = providerFailure(issuer.issuer, 'signing the service in', error);
    if (code === 'invalid_client' || code === 'unauthorized_client' || code === 'invalid_grant') {
      throw new AccessError('sign-in-denied', failure.message, { cause: error });
    }
    throw failure;
  }
}

function fileToken({ relayUrl, issuer, now }: ServiceTokenRequest, token: string): TokenSet {
  const expiresAtMs = expiryOf(token);
  const nowMs = now();
  if (expiresAtMs <= nowMs) {
    const ended = new Date(expiresAtMs).toISOString();
    throw new AccessError('renewal-failed', `The service’s token ended at ${ended}, and no newer one is there.`);
  }
  return {
    version: 1,
    relayUrl,
    issuer,
    scheme: 'bearer',
    accessToken: token,
    expiresAtMs,
    renewedAtMs: nowMs,
    refreshToken: null,
    idToken: null,
    proofKey: null,
    signedInAtMs: nowMs,
    signInId: randomUUID(),
    generation: 1,
    ended: null,
  };
}

function expiryOf(token: string): number {
  try {
    const { exp } = decodeJwt(token);
    if (exp !== undefined) return exp * 1000;
  } catch (cause) {
    throw new AccessError('bad-input', 'The service’s token isn’t a JWT.', { cause });
  }
  throw new AccessError('bad-input', 'The service’s token has no end (“exp”), so it isn’t used.');
}
