import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider, interactionPolicy, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import type { IdpCounts, IdpOptions } from './idp-options.ts';
import { certificateAuthOr, endpointsAt, fetchTrusting, mutualTls } from './idp-mutual-tls.ts';
import { devicePage, logoutPage, messagePage } from './idp-pages.ts';
import type { IdpMemory } from './memory-adapter.ts';

/** Public client of the desktop app and the CLI. */
export const desktopClientId = 'causeway-desktop';
/** Confidential client with which a resource server introspects. */
export const introspectionClient = { id: 'causeway-relay', secret: 'demo-introspection-secret' } as const;

/** Confidential client of the operators’ console. */
export const consoleClient = { id: 'causeway-console', secret: 'demo-console-secret' } as const;

/** Secrets of a provider that outlive a reconfiguration. */
export interface IdpSecrets {
  readonly cookieKeys: readonly string[];
  readonly dpopNonce: Buffer;
}

export function newIdpSecrets(): IdpSecrets {
  return { cookieKeys: [randomBytes(32).toString('hex')], dpopNonce: randomBytes(32) };
}

let keyNumber = 0;

/** A fresh private signing key with a `kid` of its own. */
export async function newSigningKey(alg: IdpOptions['signingAlgorithm']): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  keyNumber += 1;
  return {
    ...(await exportJWK(privateKey)),
    alg,
    use: 'sig',
    kid: `demo-${keyNumber}-${randomBytes(4).toString('hex')}`,
  };
}

/** Puts a person's claims over what a token holds. `auth_time` is when the person last gave the password. */
function personClaims(options: IdpOptions, accountId: string | undefined): Record<string, unknown> | undefined {
  const person = options.people.find((candidate) => candidate.user === accountId);
  if (person === undefined) return undefined;
  return {
    name: person.name,
    email: person.email,
    preferred_username: person.user,
    groups: [...person.groups],
  };
}

/** When and how the person of a token request last signed in, and the session if tokens are to name it. */
function signInClaims(context: KoaContextWithOIDC, options: IdpOptions): Record<string, unknown> {
  const { AuthorizationCode: code, RefreshToken: refreshToken } = context.oidc.entities;
  const { authTime, acr, sid } = code ?? refreshToken ?? {};
  return {
    ...(authTime === undefined ? {} : { auth_time: authTime }),
    ...(acr === undefined ? {} : { acr }),
    ...(sid === undefined || options.backchannelLogout?.withSession !== true ? {} : { sid }),
  };
}

/** Asks for a sign-in again when the one of the session is of none of the wanted kinds (RFC 9470 §4). */
function policyOf(): ReturnType<typeof interactionPolicy.base> {
  const policy = interactionPolicy.base();
  policy.get('consent')?.checks.remove('native_client_prompt');
  const { Check } = interactionPolicy;
  policy.get('login')?.checks.add(
    new Check('acr', 'Another kind of sign-in is asked for', ({ oidc }) => {
      const wanted = oidc.params?.['acr_values'];
      const isDone = typeof wanted !== 'string' || oidc.result?.login !== undefined;
      return isDone || wanted.split(' ').includes(oidc.session?.acr ?? '')
        ? Check.NO_NEED_TO_PROMPT
        : Check.REQUEST_PROMPT;
    }),
  );
  return policy;
}

function configuration(
  options: IdpOptions,
  keys: readonly JWK[],
  memory: IdpMemory,
  secrets: IdpSecrets,
): Configuration {
  const { desktop, relay } = options.certificateNames;
  const certificatesWanted = options.certificateBound || desktop !== undefined || relay !== undefined;
  const resourceScope = 'openid profile email groups offline_access';
  return {
    adapter: memory.adapterFactory,
    jwks: { keys: [...keys] },
    clients: [
      {
        client_id: desktopClientId,
        client_name: 'Causeway',
        application_type: 'native',
        ...certificateAuthOr(desktop, { token_endpoint_auth_method: 'none' }),
        ...(options.certificateBound ? { tls_client_certificate_bound_access_tokens: true } : {}),
        ...(options.backchannelLogout === null
          ? {}
          : {
              backchannel_logout_uri: options.backchannelLogout.uri,
              backchannel_logout_session_required: options.backchannelLogout.withSession,
            }),
        grant_types: [
          'authorization_code',
          'refresh_token',
          ...(options.deviceFlow ? ['urn:ietf:params:oauth:grant-type:device_code'] : []),
        ],
        response_types: ['code'],
        redirect_uris: [...options.redirectUris],
        id_token_signed_response_alg: options.signingAlgorithm,
      },
      ...options.services.map(({ clientId, secret, publicJwk }) => ({
        client_id: clientId,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        id_token_signed_response_alg: options.signingAlgorithm,
        ...(secret === undefined
          ? { token_endpoint_auth_method: 'private_key_jwt' as const, jwks: { keys: publicJwk ? [publicJwk] : [] } }
          : { token_endpoint_auth_method: 'client_secret_post' as const, client_secret: secret }),
      })),
      ...(options.consoleOrigin === null
        ? []
        : [
            {
              client_id: consoleClient.id,
              client_secret: consoleClient.secret,
              client_name: 'Causeway console',
              grant_types: ['authorization_code', 'refresh_token'],
              response_types: ['code' as const],
              redirect_uris: [`${options.consoleOrigin}/console/auth/callback`],
              post_logout_redirect_uris: [`${options.consoleOrigin}/console/`],
              id_token_signed_response_alg: options.signingAlgorithm,
            },
          ]),
      {
        client_id: introspectionClient.id,
        ...certificateAuthOr(relay, { client_secret: introspectionClient.secret }),
        grant_types: [],
        response_types: [],
        redirect_uris: [],
        id_token_signed_response_alg: options.signingAlgorithm,
      },
    ],
    cookies: { keys: [...secrets.cookieKeys] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    conformIdTokenClaims: false,
    clientBasedCORS: () => false,
    acrValues: [...options.acrs],
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
      ...(certificatesWanted ? (['tls_client_auth'] as const) : []),
    ],
    ...(options.backchannelLogout === null ? {} : { fetch: fetchTrusting(options.backchannelLogout.ca) }),
    pkce: { required: () => true },
    interactions: { policy: policyOf(), url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => {
      const claims = personClaims(options, id);
      return claims === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, ...claims }) };
    },
    loadExistingGrant: async (context) => {
      const { client, session, provider } = context.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(resourceScope);
      grant.addResourceScope(options.audience, resourceScope);
      await grant.save();
      return grant;
    },
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    rotateRefreshToken: () => options.rotateRefreshTokens,
    extraTokenClaims: (context, token) => {
      if (token.kind === 'ClientCredentials') {
        const service = options.services.find(({ clientId }) => clientId === token.clientId);
        return service === undefined ? undefined : { groups: [...service.groups] };
      }
      if (token.kind !== 'AccessToken') return undefined;
      return { ...personClaims(options, token.accountId), ...signInClaims(context, options) };
    },
    formats: {
      customizers: {
        jwt: (_context, _token, parts) => {
          parts.header = { ...parts.header, typ: options.accessTokenType };
          const payload = parts.payload as Record<string, unknown>;
          for (const claim of ['iat', 'exp', 'nbf', 'auth_time']) {
            const value = payload[claim];
            if (typeof value === 'number') payload[claim] = value + Math.round(options.clockOffsetMs / 1000);
          }
          for (const [claim, value] of Object.entries(options.accessTokenClaims)) {
            if (value === undefined) delete payload[claim];
            else payload[claim] = value;
          }
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: {
        enabled: options.par !== 'off',
        requirePushedAuthorizationRequests: options.par === 'required',
      },
      dPoP: {
        enabled: options.dpop !== 'off',
        nonceSecret: secrets.dpopNonce,
        requireNonce: () => options.dpop === 'nonce',
      },
      mTLS: certificatesWanted ? mutualTls : { enabled: false },
      backchannelLogout: { enabled: options.backchannelLogout !== null },
      deviceFlow: {
        enabled: options.deviceFlow,
        userCodeInputSource: (context, form, _out, error) => {
          context.body = devicePage(form, error === undefined ? 'Continue' : 'Try again');
        },
        userCodeConfirmSource: (context, form) => {
          context.body = devicePage(form, 'Yes, that is my device');
        },
        successSource: (context) => {
          context.body = messagePage('Signed in', 'Your device is signed in. You can close this page.');
        },
      },
      revocation: {
        enabled: options.revocation,
        allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
      },
      clientCredentials: { enabled: options.services.length > 0 },
      introspection: {
        enabled: true,
        allowedPolicy: (_context, client) => client.clientId === introspectionClient.id,
      },
      rpInitiatedLogout: {
        enabled: options.endSession,
        logoutSource: (context, form) => {
          context.body = logoutPage(form);
        },
        postLogoutSuccessSource: (context) => {
          context.body = messagePage('Signed out', 'You are signed out. You can close this page.');
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => options.audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({
          scope: resourceScope,
          audience: resource,
          accessTokenTTL: options.accessTokenSeconds,
          accessTokenFormat: options.accessTokenFormat,
          jwt: { sign: { alg: options.signingAlgorithm } },
        }),
      },
    },
    ttl: {
      AccessToken: options.accessTokenSeconds,
      AuthorizationCode: 60,
      Grant: 14 * 86_400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: options.refreshTokenSeconds,
      Session: 14 * 86_400,
    },
    renderError: (context, out) => {
      context.type = 'html';
      context.body = messagePage('This sign-in can’t go on', `${out.error}: ${out.error_description ?? ''}`);
    },
  };
}

/**
 * Builds the provider itself; it counts what its endpoints are asked and publishes the wanted metadata. With
 * `certificateOrigin` that names the endpoints there, which ask for certificates (RFC 8705 §5).
 */
export function createProvider(
  issuer: string,
  options: IdpOptions,
  keys: readonly JWK[],
  memory: IdpMemory,
  secrets: IdpSecrets,
  counts: () => IdpCounts,
  certificateOrigin: string | null,
): Provider {
  const provider = new Provider(issuer, configuration(options, keys, memory, secrets));
  const endpoints: Readonly<Record<string, keyof IdpCounts>> = {
    '/.well-known/openid-configuration': 'discovery',
    '/jwks': 'jwks',
    '/request': 'par',
    '/auth': 'authorization',
    '/token': 'token',
    '/token/revocation': 'revocation',
    '/token/introspection': 'introspection',
    '/session/end': 'endSession',
  };
  provider.use(async (context, next) => {
    const endpoint = endpoints[context.path];
    if (endpoint !== undefined) counts()[endpoint] += 1;
    await next();
    if (endpoint === 'discovery' && context.status === 200) {
      const published = context.body as Record<string, unknown>;
      context.body = { ...published, ...endpointsAt(certificateOrigin, published), ...options.metadata };
    }
    if (endpoint === 'token') {
      const grantType = (context as KoaContextWithOIDC).oidc?.params?.['grant_type'];
      if (grantType === 'authorization_code' && context.status === 200) counts().codeExchanges += 1;
      if (grantType === 'refresh_token') counts()[context.status === 200 ? 'refreshes' : 'refusedRefreshes'] += 1;
    }
  });
  return provider;
}
