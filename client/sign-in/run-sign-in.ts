import { authorizationCodeGrant, getDPoPHandle } from 'openid-client';
import type { DiscoveryDocument, DiscoveryIssuer } from '../../shared/discovery-document.ts';
import { AccessError, assertNever } from '../../shared/errors.ts';
import type { SignInState } from '../../shared/snapshot.ts';
import type { HttpClient } from '../network/http-client.ts';
import { importProofKey, newProofKey } from '../tokens/proof-key.ts';
import { fromTokenResponse, type TokenSet } from '../tokens/token-set.ts';
import { authorizationUrl, newFlowSecrets } from './authorization-request.ts';
import { type CallbackAnswer, type CallbackServer, openCallbackServer } from './callback-server.ts';
import { checkVersion } from './check-version.ts';
import { discoverProvider, type Provider } from './discover-provider.ts';
import { discoverRelay } from './discover-relay.ts';
import { oauthError, providerFailure } from './provider-failure.ts';

export interface SignInRequest {
  readonly relayUrl: string;
  readonly appVersion: string;
  readonly http: HttpClient;
  readonly openBrowser: (url: string) => Promise<void>;
  readonly onStep: (step: SignInState) => void;
  /** Aborting with an AccessError as reason ends the flow with it. */
  readonly signal: AbortSignal;
  /** How long to wait for the browser, in milliseconds. */
  readonly timeoutMs: number;
  readonly now: () => number;
}

export interface SignedIn {
  readonly discovery: DiscoveryDocument;
  readonly provider: Provider;
  readonly tokens: TokenSet;
}

/**
 * One sign-in from the relay's address to tokens, in the person's browser. Leaves nothing open behind it, however it
 * ends.
 * @throws AccessError with the code of what went wrong; `sign-in-timed-out` after `timeoutMs`
 */
export async function runSignIn(request: SignInRequest): Promise<SignedIn> {
  request.onStep({ status: 'contacting' });
  const discovery = await discoverRelay(request.relayUrl, request.http, { signal: request.signal, now: request.now });
  checkVersion(request.appVersion, discovery.minimumClientVersion);
  const [issuer] = discovery.issuers;
  if (!issuer) throw new AccessError('relay-not-causeway', 'The relay names no sign-in service.');
  const provider = await discoverProvider(issuer, request.http);
  request.signal.throwIfAborted();
  const callback = await openCallbackServer(issuer.redirectPorts);
  try {
    const tokens = await signInAt(request, discovery.relayUrl, issuer, provider, callback);
    return { discovery, provider, tokens };
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
  const proofKey = provider.proofAlgorithm === null ? null : await newProofKey(provider.proofAlgorithm);
  const dpop = proofKey && getDPoPHandle(provider.configuration, (await importProofKey(proofKey)).pair);
  const url = await authorizationUrl(provider, issuer, callback.redirectUri, secrets, dpop ?? undefined);
  request.signal.throwIfAborted();
  callback.expect({ state: secrets.state, issuer: issuer.issuer, issRequired: provider.callbackCarriesIss });
  request.onStep({
    status: 'waiting-for-browser',
    url: url.href,
    givesUpAtMs: request.now() + request.timeoutMs,
  });
  void openQuietly(request, url.href);
  const answer = await waitForAnswer(callback, request);
  request.onStep({ status: 'finishing' });
  try {
    const response = await exchange(issuer, provider, answer, secrets, dpop);
    const nowMs = request.now();
    const tokens: TokenSet = {
      version: 1,
      relayUrl,
      issuer,
      ...fromTokenResponse(response, { refreshToken: null, idToken: null, generation: 0 }, nowMs),
      proofKey,
      signedInAtMs: nowMs,
    };
    if (issuer.dpop === 'required' && tokens.scheme !== 'dpop') {
      throw new AccessError(
        'idp-misconfigured',
        'The relay wants tokens bound by DPoP; the sign-in service gave none.',
      );
    }
    await answer.finish({
      kind: 'done',
      title: 'You’re signed in',
      text: 'You can close this tab and go back to Causeway.',
    });
    return tokens.scheme === 'dpop' ? tokens : { ...tokens, proofKey: null };
  } catch (error) {
    const failure = providerFailure(issuer.issuer, 'finishing the sign-in', error);
    await answer.finish({ kind: 'failed', title: 'The sign-in didn’t finish', text: failure.message });
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

async function waitForAnswer(callback: CallbackServer, request: SignInRequest): Promise<CallbackAnswer> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(request.signal.reason as Error);
  request.signal.addEventListener('abort', onAbort, { once: true });
  if (request.signal.aborted) onAbort();
  const timer = setTimeout(() => {
    const minutes = Math.max(1, Math.round(request.timeoutMs / 60_000));
    reject(
      new AccessError(
        'sign-in-timed-out',
        `No answer came from the browser within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}. If the page there ` +
          'shows an error about the return (redirect) address, tell IT.',
      ),
    );
  }, request.timeoutMs);
  try {
    return await Promise.race([callback.answer, stopped]);
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', onAbort);
  }
}

async function exchange(
  issuer: DiscoveryIssuer,
  provider: Provider,
  { verdict }: CallbackAnswer,
  secrets: ReturnType<typeof newFlowSecrets>,
  dpop: ReturnType<typeof getDPoPHandle> | null,
): Promise<Awaited<ReturnType<typeof authorizationCodeGrant>>> {
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
        },
        issuer.resource === undefined ? {} : { resource: issuer.resource },
        dpop ? { DPoP: dpop } : {},
      );
    default:
      return assertNever(verdict);
  }
}
