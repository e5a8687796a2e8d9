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
import type { StepUp } from '../../shared/step-up.ts';
import type { Provider } from '../provider/discover-provider.ts';
import { providerFailure } from '../provider/provider-failure.ts';

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

/** What of an authorization request isn't the provider's. */
export interface AuthorizationFlow {
  readonly redirectUri: string;
  readonly secrets: FlowSecrets;
  readonly dpop?: DPoPHandle | undefined;
  /** What the sign-in must be like (RFC 9470 §4). */
  readonly stepUp?: StepUp | undefined;
  /** The person says which account it is, whoever is signed in there. */
  readonly chooseAccount?: boolean | undefined;
  readonly loginHint?: string | undefined;
}

/** The scopes to ask for, `openid` always among them, as one parameter. */
export function scopesOf(issuer: DiscoveryIssuer): string {
  const { scopes } = issuer;
  return (scopes.includes('openid') ? scopes : ['openid', ...scopes]).join(' ');
}

/** Services that let the person choose, and don't say so. */
const choosers = new Set(['accounts.google.com', 'login.microsoftonline.com']);

/**
 * How a service is told to ask who it is (OpenID Connect Core §3.1.2.1). Every service knows `login`; one that says that
 * it can let the person choose (Initiating User Registration 1.0 §4) spares them the password.
 */
function accountPrompt({ configuration }: Provider): 'select_account' | 'login' {
  const { issuer, prompt_values_supported: prompts } = configuration.serverMetadata();
  const isKnown = Array.isArray(prompts) ? prompts.includes('select_account') : choosers.has(new URL(issuer).hostname);
  return isKnown ? 'select_account' : 'login';
}

/**
 * Builds the address to open in the browser: code flow with PKCE S256, pushed first when the provider takes pushed
 * requests (RFC 9126), bound to the DPoP key when there is one (RFC 9449 §10).
 * @throws AccessError what the provider said about a pushed request
 */
export async function authorizationUrl(
  provider: Provider,
  issuer: DiscoveryIssuer,
  flow: AuthorizationFlow,
): Promise<URL> {
  const { redirectUri, secrets, dpop, stepUp, chooseAccount, loginHint } = flow;
  const parameters = new URLSearchParams({
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: scopesOf(issuer),
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: 'S256',
  });
  if (issuer.resource !== undefined) parameters.set('resource', issuer.resource);
  if (stepUp?.maxAgeSeconds !== undefined) parameters.set('max_age', String(stepUp.maxAgeSeconds));
  if (stepUp?.acr !== undefined && stepUp.acr.length > 0) parameters.set('acr_values', stepUp.acr.join(' '));
  if (chooseAccount === true) parameters.set('prompt', accountPrompt(provider));
  if (loginHint !== undefined) parameters.set('login_hint', loginHint);
  if (dpop) parameters.set('dpop_jkt', await dpop.calculateThumbprint());
  if (!provider.pushesRequests) return buildAuthorizationUrl(provider.configuration, parameters);
  try {
    return await buildAuthorizationUrlWithPAR(provider.configuration, parameters, dpop ? { DPoP: dpop } : {});
  } catch (error) {
    throw providerFailure(issuer.issuer, 'starting the sign-in', error);
  }
}
