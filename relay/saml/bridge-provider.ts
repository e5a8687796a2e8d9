import { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import { consoleCallbackPath, consolePath } from '../config/console-origin.ts';
import { samlBridgeClientId, samlConsoleClientId } from '../config/saml-issuer.ts';
import type { SamlConfig } from '../config/saml-schema.ts';
import type { BridgeSecrets } from './bridge-key-ring.ts';
import { forReader } from '../page-texts/for-reader.ts';
import { pageText } from '../page-texts/page-text.ts';
import { type BridgePage, messagePage, signedOutPage, signOutPage } from './bridge-pages.ts';
import type { BridgeStore } from './bridge-store.ts';
import { rememberSession, type SamlSession, type SignInResult } from './saml-sessions.ts';
import { storeAdapterFactory } from './store-adapter.ts';

export interface BridgeProviderOptions {
  readonly issuer: string;
  /** The relay’s address: the only audience of access tokens. */
  readonly audience: string;
  readonly config: SamlConfig;
  readonly secrets: BridgeSecrets;
  readonly store: BridgeStore;
  readonly log: Logger;
  readonly now: () => number;
  /** Of the operators’ console, whose client there then is; null for none. */
  readonly consoleOrigin: string | null;
  /** Called after the person signed out at the bridge; answers where to go on, if anywhere. */
  readonly onSignedOut: (sessionUid: string) => Promise<string | null>;
}

/** Well-known ways to sign in, for providers’ step-up; others may be asked for as well. */
const acrValues = [
  'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken',
  'https://refeds.org/profile/mfa',
  'http://schemas.microsoft.com/claims/multipleauthn',
];
const scopes = 'openid profile email offline_access';

/** The OpenID provider of the bridge: code flow with PKCE S256, PAR and DPoP for the app’s public client, and one without DPoP for the console, whose tokens never leave the relay. */
export function createBridgeProvider(options: BridgeProviderOptions): Provider {
  const provider = new Provider(options.issuer, configuration(options));
  provider.proxy = true;
  provider.on('server_error', (_context: KoaContextWithOIDC, error: Error) =>
    options.log.error({ err: error }, 'the SAML bridge failed'),
  );
  provider.use(async (context: KoaContextWithOIDC, next) => {
    await next();
    // Absent for addresses that the provider doesn't know.
    const oidc = context.oidc as KoaContextWithOIDC['oidc'] | undefined;
    if (oidc?.route !== 'end_session_confirm' || context.status !== 303 || oidc.session === undefined) return;
    if (context.response.get('location') !== oidc.urlFor('end_session_success')) return;
    const location = await options.onSignedOut(oidc.session.uid);
    if (location !== null) context.redirect(location);
    context.status = 303;
  });
  return provider;
}

function configuration(options: BridgeProviderOptions): Configuration {
  const { config, secrets, store, audience, now } = options;
  const accountClaims = async (accountId: string | undefined): Promise<Record<string, unknown> | undefined> => {
    const found = accountId === undefined ? undefined : await store.get('SamlAccount', accountId);
    return found === undefined ? undefined : (found['claims'] as Record<string, unknown>);
  };
  return {
    adapter: storeAdapterFactory(store, now),
    jwks: { keys: [...secrets.jwks] as NonNullable<Configuration['jwks']>['keys'] },
    clients: [
      {
        client_id: samlBridgeClientId,
        client_name: 'Causeway',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback'],
        id_token_signed_response_alg: 'ES256',
        dpop_bound_access_tokens: true,
        require_pushed_authorization_requests: true,
      },
      ...(options.consoleOrigin === null ? [] : [consoleClient(options.consoleOrigin)]),
    ],
    responseTypes: ['code'],
    scopes: scopes.split(' '),
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'] },
    conformIdTokenClaims: false,
    clientBasedCORS: () => false,
    pkce: { required: () => true },
    acrValues,
    cookies: {
      keys: [...secrets.cookieKeys],
      long: { httpOnly: true, sameSite: 'lax', path: new URL(options.issuer).pathname },
      short: { httpOnly: true, sameSite: 'lax' },
    },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256'],
      dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
    },
    interactions: {
      policy: loginPolicy(),
      url: (_context, interaction) => `${new URL(options.issuer).pathname}/interaction/${interaction.uid}`,
    },
    findAccount: async (_context, id, token) => {
      const claims = await accountClaims(id);
      if (claims === undefined || (await hasEnded(store, token, now()))) return undefined;
      return { accountId: id, claims: () => ({ sub: id, ...claims }) };
    },
    loadExistingGrant: async (context) => {
      const { client, session, provider } = context.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const result = context.oidc.result as SignInResult | undefined;
      if (result?.saml !== undefined)
        await rememberSession(store, session.uid, session.accountId, result.saml, now() + lifetimeMs(config));
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(scopes);
      grant.addResourceScope(audience, scopes);
      await grant.save();
      return grant;
    },
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    rotateRefreshToken: () => true,
    extraTokenClaims: async (context, token) => {
      if (token.kind !== 'AccessToken') return undefined;
      const { AuthorizationCode: code, RefreshToken: refreshToken } = context.oidc.entities;
      const source = code ?? refreshToken;
      const claims = (await accountClaims(token.accountId)) ?? {};
      return {
        ...claims,
        ...(source?.authTime === undefined ? {} : { auth_time: source.authTime }),
        ...(source?.acr === undefined ? {} : { acr: source.acr }),
        ...(source?.sessionUid === undefined ? {} : { sid: source.sessionUid }),
      };
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      dPoP: { enabled: true, nonceSecret: secrets.dpopNonce, requireNonce: () => false },
      revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => show(context, () => signOutPage(form)),
        postLogoutSuccessSource: (context) => show(context, () => signedOutPage('bridge.signed-out.text')),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => {
          if (resource !== audience) throw new errors.InvalidTarget();
          return {
            scope: scopes,
            audience,
            accessTokenTTL: config.access_token_seconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
    ttl: {
      AccessToken: config.access_token_seconds,
      AuthorizationCode: 60,
      Grant: lifetimeMs(config) / 1000,
      IdToken: 3600,
      Interaction: 600,
      // Rotation doesn't prolong: after this time the provider is asked again.
      RefreshToken: (context) =>
        Math.max(1, context.oidc.entities.RotatedRefreshToken?.remainingTTL ?? config.refresh_seconds),
      Session: config.session_seconds,
    },
    renderError: (context, out) =>
      show(context, () =>
        messagePage(
          pageText('bridge.stopped'),
          pageText('bridge.stopped.token-rejected'),
          out.error_description ?? out.error,
        ),
      ),
  };
}

function consoleClient(origin: string): NonNullable<Configuration['clients']>[number] {
  return {
    client_id: samlConsoleClientId,
    client_name: 'Causeway console',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [`${origin}${consoleCallbackPath}`],
    post_logout_redirect_uris: [`${origin}${consolePath}`],
    id_token_signed_response_alg: 'ES256',
    require_pushed_authorization_requests: true,
  };
}

/** How long anything of a sign-in can matter, in milliseconds. */
export function lifetimeMs(config: SamlConfig): number {
  return (config.session_seconds + config.refresh_seconds) * 1000;
}

/** The identity provider’s bound on the session (SessionNotOnOrAfter) also ends what was issued in it. */
async function hasEnded(store: BridgeStore, token: object | undefined, nowMs: number): Promise<boolean> {
  const uid = token !== undefined && 'sessionUid' in token ? token.sessionUid : undefined;
  if (typeof uid !== 'string') return false;
  const session = (await store.get('SamlSession', uid)) as SamlSession | undefined;
  return session?.endsAtMs !== undefined && session.endsAtMs <= nowMs;
}

/** Asks again when another way to sign in is wanted, or when the identity provider’s session is over. */
function loginPolicy(): ReturnType<typeof interactionPolicy.base> {
  const { Check, base } = interactionPolicy;
  const policy = base();
  policy.get('consent')?.checks.remove('native_client_prompt');
  policy.get('login')?.checks.add(
    new Check('other_acr', 'Another way to sign in is wanted', (context) => {
      const { params, session, result } = context.oidc;
      const wanted = typeof params?.['acr_values'] === 'string' ? params['acr_values'].split(' ') : [];
      const isWrong = wanted.length > 0 && !wanted.includes(session?.acr ?? '');
      return isWrong && (result as SignInResult | undefined)?.login === undefined;
    }),
  );
  return policy;
}

function show(context: KoaContextWithOIDC, make: () => BridgePage): void {
  const { page, headers } = forReader(context.get('accept-language'), make);
  context.set({ ...page.headers, ...headers });
  context.body = page.body;
}
