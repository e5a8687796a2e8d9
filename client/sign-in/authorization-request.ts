import {
  buildAuthorizationUrl,
  buildAuthorizationUrlWithPAR,
  calculatePKCECodeChallenge,
  type DPoPHandle,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { DiscoveryIssuer } from '../../shared/discovery-document.ts';
import type { Provider } from './discover-provider.ts';
import { providerFailure } from './provider-failure.ts';

/** Fresh random values of one sign-in, 256 bits each (RFC 7636 §7.1, RFC 9700 §2.1.1). */
export interface FlowSecrets {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** Draws the values of a new flow; none is ever used twice. */
export function newFlowSecrets(): FlowSecrets {
  return { verifier: randomPKCECodeVerifier(), state: randomState(), nonce: randomNonce() };
}

/**
 * Builds the address to open in the browser: code flow with PKCE S256, pushed first when the provider takes pushed
 * requests (RFC 9126), bound to the DPoP key when there is one (RFC 9449 §10).
 * @throws AccessError what the provider said about a pushed request
 */
export async function authorizationUrl(
  provider: Provider,
  issuer: DiscoveryIssuer,
  redirectUri: string,
  secrets: FlowSecrets,
  dpop: DPoPHandle | undefined,
): Promise<URL> {
  const parameters = new URLSearchParams({
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: issuer.scopes.includes('openid') ? issuer.scopes.join(' ') : ['openid', ...issuer.scopes].join(' '),
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: 'S256',
  });
  if (issuer.resource !== undefined) parameters.set('resource', issuer.resource);
  if (dpop) parameters.set('dpop_jkt', await dpop.calculateThumbprint());
  if (!provider.pushesRequests) return buildAuthorizationUrl(provider.configuration, parameters);
  try {
    return await buildAuthorizationUrlWithPAR(provider.configuration, parameters, dpop ? { DPoP: dpop } : {});
  } catch (error) {
    throw providerFailure(issuer.issuer, 'starting the sign-in', error);
  }
}
