import { authorizationCodeGrant } from 'openid-client';
import type { DiscoveryIssuer } from '../../shared/discovery-document.ts';
import { assertNever } from '../../shared/errors.ts';
import type { TokenSet } from '../tokens/token-set.ts';
import { authorizationUrl, type FlowSecrets, newFlowSecrets } from './authorization-request.ts';
import { type CallbackAnswer, type CallbackServer, openCallbackServer } from './callback-server.ts';
import type { Provider } from '../provider/discover-provider.ts';
import { withMissingCertificate } from './missing-certificate.ts';
import { newTokenSet, proofFor, type ProofHandle } from '../tokens/proof-handle.ts';
import { oauthError, providerFailure } from '../provider/provider-failure.ts';
import type { SignInRequest } from './run-sign-in.ts';
import { waitInTime } from './wait-in-time.ts';
import { text } from '../../shared/messages/text.ts';

/**
 * Authorization code flow in the person's browser, with the answer on a loopback port that is open only meanwhile
 * (RFC 8252).
 * @throws AccessError with the code of what went wrong; `sign-in-timed-out` after `timeoutMs`
 */
export async function browserSignIn(
  request: SignInRequest,
  relayUrl: string,
  issuer: DiscoveryIssuer,
  provider: Provider,
): Promise<TokenSet> {
  const callback = await openCallbackServer(issuer.redirectPorts);
  try {
    return await signInAt(request, relayUrl, issuer, provider, callback);
  } catch (error) {
    throw withMissingCertificate(error, provider, request.http);
  } finally {
    await callback.close();
  }
}

async function signInAt(
  request: SignInRequest,
  relayUrl: string,
  issuer: DiscoveryIssuer,
  provider: Provider,
  callback: CallbackServer,
): Promise<TokenSet> {
  const secrets = newFlowSecrets();
  const proof = await proofFor(provider, request.proofKey);
  const url = await authorizationUrl(provider, issuer, {
    redirectUri: callback.redirectUri,
    secrets,
    dpop: proof?.dpop,
    stepUp: request.stepUp,
    chooseAccount: request.chooseAccount,
    loginHint: request.loginHint,
  });
  request.signal.throwIfAborted();
  callback.expect({ state: secrets.state, issuer: issuer.issuer, issRequired: provider.callbackCarriesIss });
  request.onStep({
    status: 'waiting-for-browser',
    url: url.href,
    givesUpAtMs: request.now() + request.timeoutMs,
  });
  void openQuietly(request, url.href);
  const answer = await waitInTime(callback.answer, request, 'browser');
  request.onStep({ status: 'finishing' });
  try {
    const response = await exchange(request, issuer, provider, answer, secrets, proof);
    const tokens = newTokenSet({ response, relayUrl, issuer, proof, nowMs: request.now() });
    await answer.finish({
      kind: 'done',
      title: text('callback.done'),
      text: text('callback.done.text'),
    });
    return tokens;
  } catch (error) {
    const failure = providerFailure(issuer.issuer, 'finishing the sign-in', error);
    await answer.finish({ kind: 'failed', title: text('problem.sign-in-failed.title'), text: failure.message });
    throw failure;
  }
}

async function openQuietly(request: SignInRequest, url: string): Promise<void> {
  try {
    await request.openBrowser(url);
  } catch {
    // Without a browser here the person still has the address, which is part of the state, and can cancel.
  }
}

async function exchange(
  request: SignInRequest,
  issuer: DiscoveryIssuer,
  provider: Provider,
  { verdict }: CallbackAnswer,
  secrets: FlowSecrets,
  proof: ProofHandle | null,
): ReturnType<typeof authorizationCodeGrant> {
  switch (verdict.type) {
    case 'provider-error':
      throw oauthError(issuer.issuer, verdict.error, verdict.description);
    case 'accept':
      return await authorizationCodeGrant(
        provider.configuration,
        verdict.url,
        {
          pkceCodeVerifier: secrets.verifier,
          expectedState: secrets.state,
          expectedNonce: secrets.nonce,
          idTokenExpected: true,
          ...(request.stepUp?.maxAgeSeconds === undefined ? {} : { maxAge: request.stepUp.maxAgeSeconds }),
        },
        issuer.resource === undefined ? {} : { resource: issuer.resource },
        proof ? { DPoP: proof.dpop } : {},
      );
    default:
      return assertNever(verdict);
  }
}
