import { initiateDeviceAuthorization, pollDeviceAuthorizationGrant, ResponseBodyError } from 'openid-client';
import type { DiscoveryIssuer } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import { scopesOf } from './authorization-request.ts';
import type { Provider } from '../provider/discover-provider.ts';
import { providerFailure } from '../provider/provider-failure.ts';
import { newTokenSet, proofFor, type ProofHandle } from '../tokens/proof-handle.ts';
import type { SignInRequest } from './run-sign-in.ts';
import { waitInTime } from './wait-in-time.ts';
import type { TokenSet } from '../tokens/token-set.ts';
import { text } from '../../shared/messages/text.ts';

/**
 * Device Authorization Grant (RFC 8628): the person opens an address on any device and types a code; meanwhile the
 * token endpoint is asked again and again, more slowly when it says so (§3.5).
 * @throws AccessError `idp-misconfigured` when the provider has no device flow, `sign-in-denied`, `sign-in-timed-out`
 */
export async function deviceSignIn(
  request: SignInRequest,
  relayUrl: string,
  issuer: DiscoveryIssuer,
  provider: Provider,
): Promise<TokenSet> {
  const host = new URL(issuer.issuer).host;
  if (provider.configuration.serverMetadata().device_authorization_endpoint === undefined) {
    throw new AccessError('idp-misconfigured', text('failure.no-device-flow', { host }));
  }
  const proof = await proofFor(provider, request.proofKey);
  const resource: Record<string, string> = issuer.resource === undefined ? {} : { resource: issuer.resource };
  try {
    const started = await initiateDeviceAuthorization(provider.configuration, { scope: scopesOf(issuer), ...resource });
    const waitMs = Math.min(request.timeoutMs, started.expires_in * 1000);
    request.onStep({
      status: 'waiting-for-browser',
      url: started.verification_uri,
      userCode: started.user_code,
      givesUpAtMs: request.now() + waitMs,
    });
    const response = await poll(request, provider, started, waitMs, proof);
    request.onStep({ status: 'finishing' });
    return newTokenSet({ response, relayUrl, issuer, proof, nowMs: request.now() });
  } catch (error) {
    request.signal.throwIfAborted();
    throw deviceFailure(issuer, error);
  }
}

/** The library sleeps through an abort between two questions; the person’s cancel must not wait for that. */
async function poll(
  request: SignInRequest,
  provider: Provider,
  started: Awaited<ReturnType<typeof initiateDeviceAuthorization>>,
  waitMs: number,
  proof: ProofHandle | null,
): ReturnType<typeof pollDeviceAuthorizationGrant> {
  const over = new AbortController();
  const polling = pollDeviceAuthorizationGrant(provider.configuration, started, undefined, {
    signal: over.signal,
    ...(proof ? { DPoP: proof.dpop } : {}),
  });
  try {
    return await waitInTime(polling, { signal: request.signal, timeoutMs: waitMs }, 'code');
  } finally {
    over.abort();
  }
}

function deviceFailure(issuer: DiscoveryIssuer, error: unknown): AccessError {
  if (error instanceof ResponseBodyError && error.error === 'expired_token') {
    return new AccessError('sign-in-timed-out', text('failure.code-expired'), { cause: error });
  }
  return providerFailure(issuer.issuer, 'finishing the sign-in', error);
}
