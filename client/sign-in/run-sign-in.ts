import type { DiscoveryDocument, DiscoveryIssuer } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import type { SignInState } from '../../shared/snapshot.ts';
import type { StepUp } from '../../shared/step-up.ts';
import type { HttpClient } from '../network/http-client.ts';
import { requestServiceTokens } from '../services/request-service-tokens.ts';
import type { ServiceCredentials } from '../services/service-credentials.ts';
import type { StoredProofKey } from '../tokens/proof-key.ts';
import type { TokenSet } from '../tokens/token-set.ts';
import { browserSignIn } from './browser-sign-in.ts';
import { checkVersion } from './check-version.ts';
import { chooseIssuer } from './choose-issuer.ts';
import { deviceSignIn } from './device-sign-in.ts';
import { discoverProvider } from '../provider/discover-provider.ts';
import { reachRelay } from './reach-relay.ts';
import { waitInTime } from './wait-in-time.ts';
import { text } from '../../shared/messages/text.ts';

export interface SignInRequest {
  readonly relayUrl: string;
  readonly appVersion: string;
  readonly http: HttpClient;
  readonly openBrowser: (url: string) => Promise<void>;
  readonly onStep: (step: SignInState) => void;
  /** Aborting with an AccessError as reason ends the flow with it. */
  readonly signal: AbortSignal;
  /** How long to wait for the relay, and then for the browser, in milliseconds. */
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Name or identifier of the sign-in service; without it the last one, else `askIssuer` decides. */
  readonly issuer?: string | undefined;
  readonly lastIssuer?: string | undefined;
  /** By an account of the relay’s own, for when company sign-in is down. */
  readonly breakGlass?: boolean;
  /** What the relay says of itself, as soon as it is known. */
  readonly onRelay?: (discovery: DiscoveryDocument) => void;
  /** Asks the person which of several services; resolves with its identifier. */
  readonly askIssuer?: () => Promise<string>;
  /** `device`: the person signs in on another device, with a code (RFC 8628). Default `browser`. */
  readonly method?: 'browser' | 'device';
  /** A service signs itself in, without any person. */
  readonly service?: ServiceCredentials;
  /** What the sign-in must be like (RFC 9470). */
  readonly stepUp?: StepUp;
  /** The person says which account it is, whoever is signed in at the service. */
  readonly chooseAccount?: boolean;
  /** What the person is called there, to be filled in. */
  readonly loginHint?: string;
  /** Key to bind the new tokens to, so that an open tunnel takes them; default a fresh one. */
  readonly proofKey?: StoredProofKey | null;
}

export interface SignedIn {
  readonly discovery: DiscoveryDocument;
  readonly tokens: TokenSet;
}

/**
 * One sign-in from the relay's address to tokens, in the person's browser or on another device. Leaves nothing open
 * behind it, however it ends.
 * @throws AccessError with the code of what went wrong; `sign-in-timed-out` after `timeoutMs`
 */
export async function runSignIn(request: SignInRequest): Promise<SignedIn> {
  request.onStep({ status: 'contacting' });
  const discovery = await reachRelay(request.relayUrl, request.http, request);
  checkVersion(request.appVersion, discovery);
  request.onRelay?.(discovery);
  const issuer = await issuerFor(request, discovery);
  if (request.service !== undefined) {
    const { service: credentials, http, now } = request;
    const tokens = await requestServiceTokens({ credentials, relayUrl: discovery.relayUrl, issuer, http, now });
    return { discovery, tokens };
  }
  const provider = await discoverProvider(issuer, request.http);
  request.signal.throwIfAborted();
  const signIn = request.method === 'device' ? deviceSignIn : browserSignIn;
  return { discovery, tokens: await signIn(request, discovery.relayUrl, issuer, provider) };
}

/** The relay’s own accounts count only where they are asked for, or were signed in with before. */
async function issuerFor(request: SignInRequest, discovery: DiscoveryDocument): Promise<DiscoveryIssuer> {
  const { issuers, breakGlass } = discovery;
  if (request.breakGlass === true) {
    if (breakGlass === undefined) throw new AccessError('bad-input', text('failure.no-emergency'));
    if (request.method === 'device') throw new AccessError('bad-input', text('failure.emergency-elsewhere'));
    return breakGlass;
  }
  if (breakGlass !== undefined && request.issuer === breakGlass.issuer) return breakGlass;
  return chooseIssuer(issuers, {
    wanted: request.issuer,
    last: request.lastIssuer,
    ask: request.askIssuer && askIn(request, request.askIssuer),
  });
}

function askIn(request: SignInRequest, ask: () => Promise<string>) {
  return async (issuers: readonly DiscoveryIssuer[]): Promise<string> => {
    request.onStep({
      status: 'choosing-issuer',
      issuers: issuers.map(({ name, issuer }) => ({ name, issuer })),
      givesUpAtMs: request.now() + request.timeoutMs,
    });
    const chosen = await waitInTime(ask(), request, 'issuer');
    request.onStep({ status: 'contacting' });
    return chosen;
  };
}
