import { exportJWK, importJWK, type JWK } from 'jose';
import * as oidc from 'openid-client';
import { fetch as undiciFetch } from 'undici';
import { isLoopbackHost } from '../../../shared/loopback-host.ts';
import { AccessError } from '../../../shared/errors.ts';
import { readAtMost } from '../../bytes/read-at-most.ts';
import type { ConsoleClient } from '../../config/console-schema.ts';
import type { AuthenticatorIssuer } from '../../identity/create-authenticator.ts';
import { answerTimeoutMs, createJsonFetcher } from '../../identity/fetch-json.ts';
import { openOutbound } from '../../identity/open-outbound.ts';
import { providerFailure } from './provider-failure.ts';

const maxAnswerBytes = 1_048_576;
const metadataLifetimeMs = 10 * 60_000;
const clockToleranceSeconds = 60;

/** A private key and its public one, as JSON Web Keys (RFC 7517). */
export interface ProofKey {
  readonly privateKey: JWK;
  readonly publicKey: JWK;
}

/** Fresh random values of one sign-in, 256 bits each (RFC 7636 §7.1, RFC 9700 §2.1.1). */
export interface FlowSecrets {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  /** Key that the tokens are going to be bound to (RFC 9449); null for none. */
  readonly proofKey: ProofKey | null;
}

/** What the provider gave; stays in this process. */
export interface ConsoleTokens {
  /** What the relay’s authenticator takes: the access token, or the ID token where the relay wants that. */
  readonly presented: string;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly endsAtMs: number;
  readonly proofKey: ProofKey | null;
}

/** A provider at which operators sign in, asked as the console’s own client. */
export interface ConsoleProvider {
  readonly name: string;
  readonly issuer: string;
  /** Draws the values of a new sign-in, with a key where the relay wants bound tokens and the provider makes them. */
  newSecrets(): Promise<FlowSecrets>;
  /** Where to send the browser: code flow with PKCE S256 (RFC 7636). @throws AccessError `idp-unreachable`, `idp-misconfigured` */
  authorizationUrl(redirectUri: string, secrets: FlowSecrets): Promise<URL>;
  /**
   * Exchanges the code of a callback, after its state and issuer (RFC 9207) fit the sign-in, and its ID token the nonce.
   * @throws AccessError with the code of what went wrong
   */
  exchange(callback: URL, secrets: FlowSecrets): Promise<ConsoleTokens>;
  /** @throws AccessError `sign-in-expired` when the provider has ended the sign-in */
  renew(tokens: ConsoleTokens): Promise<ConsoleTokens>;
  /** Takes the tokens back (RFC 7009), where the provider does that. */
  revoke(tokens: ConsoleTokens): Promise<void>;
  /** Page that ends the provider’s own session (OpenID RP-Initiated Logout 1.0), without any token in it; null for none. */
  endSessionUrl(returnTo: string): Promise<string | null>;
  close(): void;
}

export interface ConsoleProviderOptions {
  /** Certificate (PEM) of the relay, where it asks itself. */
  readonly ownCertificate?: string | undefined;
  readonly now?: () => number;
}

/** Opens nothing until somebody signs in. */
export function openConsoleProvider(
  issuer: AuthenticatorIssuer,
  client: ConsoleClient,
  { ownCertificate, now = Date.now }: ConsoleProviderOptions = {},
): ConsoleProvider {
  const outbound = openOutbound({
    proxy: issuer.proxy,
    caPem: issuer.caPem,
    ownCertificate,
    timeoutMs: answerTimeoutMs,
  });
  const fetcher = createJsonFetcher({ outbound, fetch: undefined, now });
  const scopes = client.scopes ?? issuer.scopes;
  const scope = (scopes.includes('openid') ? scopes : ['openid', ...scopes]).join(' ');
  const resource = client.resource ?? issuer.resource;
  const forResource = resource === undefined ? {} : { resource };
  let known: { readonly metadata: oidc.ServerMetadata; readonly readAtMs: number } | undefined;
  // The secret that worked last goes first.
  let preferred = 0;

  /** The way out of the relay, with its limits. */
  const fetch: oidc.CustomFetch = async (url, options) => {
    const response = await undiciFetch(url, {
      method: options.method,
      headers: options.headers,
      redirect: 'error',
      dispatcher: outbound.dispatcherFor(url),
      ...(options.body === undefined ? {} : { body: options.body as string | URLSearchParams }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const body = response.body === null ? Buffer.alloc(0) : await readAtMost(response.body, maxAnswerBytes);
    if (body === null) throw new Error(`${url} answered with more than ${maxAnswerBytes} bytes`);
    const hasBody = ![204, 205, 304].includes(response.status);
    return new Response(hasBody ? new Uint8Array(body) : null, {
      status: response.status,
      headers: Object.fromEntries(response.headers),
    });
  };

  const metadata = async (): Promise<oidc.ServerMetadata> => {
    if (known !== undefined && now() < known.readAtMs + metadataLifetimeMs) return known.metadata;
    try {
      const url = issuer.metadata_url ?? `${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const found = checkedMetadata(await fetcher.fetchJson(url), issuer);
      known = { metadata: found, readAtMs: now() };
      return found;
    } catch (error) {
      if (known === undefined || error instanceof AccessError)
        throw providerFailure(issuer.issuer, 'reading its settings', error);
      return known.metadata;
    }
  };

  const configuration = async (secret: string | undefined): Promise<oidc.Configuration> => {
    const authentication =
      secret === undefined
        ? oidc.None()
        : client.method === 'client_secret_post'
          ? oidc.ClientSecretPost(secret)
          : oidc.ClientSecretBasic(secret);
    const made = new oidc.Configuration(
      await metadata(),
      client.client_id,
      { [oidc.clockTolerance]: clockToleranceSeconds },
      authentication,
    );
    made[oidc.customFetch] = fetch;
    made.timeout = answerTimeoutMs / 1000;
    if (new URL(issuer.issuer).protocol === 'http:') oidc.allowInsecureRequests(made);
    oidc.enableNonRepudiationChecks(made);
    return made;
  };

  /** Asks with one secret and, when the provider refuses it, with the other: they change without a gap. */
  const withClient = async <Result>(work: (asked: oidc.Configuration) => Promise<Result>): Promise<Result> => {
    const { secrets } = client;
    try {
      return await work(await configuration(secrets[preferred]));
    } catch (error) {
      if (secrets.length < 2 || !isClientRefused(error)) throw error;
      const other = 1 - preferred;
      const result = await work(await configuration(secrets[other]));
      preferred = other;
      return result;
    }
  };

  const proofFor = async (asked: oidc.Configuration, key: ProofKey | null): Promise<{ DPoP?: oidc.DPoPHandle }> => {
    if (key === null) return {};
    const [privateKey, publicKey] = await Promise.all([
      importJWK(key.privateKey, proofAlgorithm),
      importJWK(key.publicKey, proofAlgorithm),
    ]);
    return { DPoP: oidc.getDPoPHandle(asked, { privateKey, publicKey } as oidc.CryptoKeyPair) };
  };

  const tokensOf = (
    response: oidc.TokenEndpointResponse,
    { refreshToken, proofKey }: Pick<ConsoleTokens, 'refreshToken' | 'proofKey'>,
  ): ConsoleTokens => {
    const isIdToken = issuer.token_kind === 'id_token';
    const presented = isIdToken ? response.id_token : response.access_token;
    if (presented === undefined)
      throw new AccessError('idp-misconfigured', `${issuer.name} gave no ID token, which this relay wants.`);
    return {
      presented,
      accessToken: response.access_token,
      refreshToken: response.refresh_token ?? refreshToken,
      endsAtMs: endOf(presented) ?? now() + (response.expires_in ?? 300) * 1000,
      proofKey,
    };
  };

  return {
    name: issuer.name,
    issuer: issuer.issuer,
    async newSecrets() {
      const { dpop_signing_alg_values_supported: offered } = await metadata();
      return {
        verifier: oidc.randomPKCECodeVerifier(),
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        proofKey: issuer.dpop === 'required' && offered?.includes(proofAlgorithm) === true ? await newProofKey() : null,
      };
    },
    async authorizationUrl(redirectUri, { verifier, state, nonce, proofKey }) {
      const asked = await configuration(client.secrets[preferred]);
      const { DPoP: proof } = await proofFor(asked, proofKey);
      const parameters = {
        ...(proof === undefined ? {} : { dpop_jkt: await proof.calculateThumbprint() }),
        response_type: 'code',
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...forResource,
      };
      if (asked.serverMetadata().pushed_authorization_request_endpoint === undefined)
        return oidc.buildAuthorizationUrl(asked, parameters);
      try {
        return await withClient(async (with_) =>
          oidc.buildAuthorizationUrlWithPAR(with_, parameters, await proofFor(with_, proofKey)),
        );
      } catch (error) {
        throw providerFailure(issuer.issuer, 'starting the sign-in', error);
      }
    },
    async exchange(callback, { verifier, state, nonce, proofKey }) {
      try {
        const response = await withClient(async (asked) =>
          oidc.authorizationCodeGrant(
            asked,
            callback,
            { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
            forResource,
            await proofFor(asked, proofKey),
          ),
        );
        return tokensOf(response, { refreshToken: null, proofKey });
      } catch (error) {
        throw providerFailure(issuer.issuer, 'finishing the sign-in', error);
      }
    },
    async renew(tokens) {
      try {
        const response = await withClient(async (asked) =>
          oidc.refreshTokenGrant(asked, tokens.refreshToken ?? '', forResource, await proofFor(asked, tokens.proofKey)),
        );
        return tokensOf(response, tokens);
      } catch (error) {
        if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant')
          throw new AccessError('sign-in-expired', `${issuer.name} has ended the sign-in.`, { cause: error });
        throw providerFailure(issuer.issuer, 'renewing the sign-in', error);
      }
    },
    async revoke({ refreshToken, accessToken }) {
      if ((await metadata()).revocation_endpoint === undefined) return;
      await withClient(async (asked) => {
        if (refreshToken !== null)
          await oidc.tokenRevocation(asked, refreshToken, { token_type_hint: 'refresh_token' });
        await oidc.tokenRevocation(asked, accessToken, { token_type_hint: 'access_token' }).catch((error: unknown) => {
          // Tokens that the provider keeps no note of end by themselves (RFC 7009 §2.2.1).
          if (!(error instanceof oidc.ResponseBodyError && error.error === 'unsupported_token_type')) throw error;
        });
      });
    },
    async endSessionUrl(returnTo) {
      const { end_session_endpoint: endpoint } = await metadata();
      if (endpoint === undefined) return null;
      const url = new URL(endpoint);
      url.searchParams.set('client_id', client.client_id);
      url.searchParams.set('post_logout_redirect_uri', returnTo);
      return url.href;
    },
    close: () => fetcher.close(),
  };
}

/** What of the metadata is used, if the provider is the configured one and all of it can be trusted. @throws AccessError */
function checkedMetadata(document: unknown, { issuer, name }: AuthenticatorIssuer): oidc.ServerMetadata {
  if (typeof document !== 'object' || document === null)
    throw new AccessError('idp-misconfigured', `${name}’s metadata isn’t an object.`);
  const metadata = document as Readonly<Record<string, unknown>>;
  if (metadata['issuer'] !== issuer)
    throw new AccessError(
      'issuer-mismatch',
      `${name} calls itself ${JSON.stringify(metadata['issuer']).slice(0, 200)}, but ${issuer} is configured.`,
    );
  for (const key of endpoints) {
    const address = metadata[key];
    if (address === undefined && !needed.has(key)) continue;
    const url = typeof address === 'string' ? URL.parse(address) : null;
    const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
    if (!isSafe) throw new AccessError('idp-misconfigured', `${name} names no ${key} that begins with https://.`);
  }
  const methods = metadata['code_challenge_methods_supported'];
  // Several large providers support S256 without saying so; one that lists methods must list it.
  if (methods !== undefined && !(Array.isArray(methods) && methods.includes('S256')))
    throw new AccessError('idp-misconfigured', `${name} doesn’t offer PKCE with S256 (RFC 7636).`);
  return metadata as unknown as oidc.ServerMetadata;
}

const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'pushed_authorization_request_endpoint',
  'revocation_endpoint',
  'end_session_endpoint',
] as const;
/** Every provider with DPoP takes it (RFC 9449 §5). */
const proofAlgorithm = 'ES256';

async function newProofKey(): Promise<ProofKey> {
  const pair = await oidc.randomDPoPKeyPair(proofAlgorithm, { extractable: true });
  return { privateKey: await exportJWK(pair.privateKey), publicKey: await exportJWK(pair.publicKey) };
}

const needed: ReadonlySet<string> = new Set(['authorization_endpoint', 'token_endpoint', 'jwks_uri']);

/** RFC 6749 §5.2. */
function isClientRefused(error: unknown): boolean {
  return (
    (error instanceof oidc.ResponseBodyError && error.error === 'invalid_client') ||
    (error instanceof oidc.WWWAuthenticateChallengeError && error.status === 401)
  );
}

/** When a token ends by its own word; the authenticator checks it, here it only says when to renew. */
function endOf(token: string): number | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    // An opaque token doesn’t say.
    return undefined;
  }
}
