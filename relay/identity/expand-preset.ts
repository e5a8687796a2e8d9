type Settings = Readonly<Record<string, unknown>>;

/** Providers whose ways are known. */
export const presetNames = ['generic', 'okta', 'entra', 'google', 'keycloak', 'auth0'] as const;

/** Outcome of {@link expandPreset}; a problem's message continues the name of its key. */
export type ExpandedPreset =
  | { readonly status: 'expanded'; readonly settings: unknown }
  | { readonly status: 'refused'; readonly problems: readonly { readonly key: string; readonly message: string }[] };

class PresetProblem extends Error {
  readonly key: string;
  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/**
 * Fills in what a preset knows about its provider; keys that are given win. Reads nothing, knows no group name. What
 * isn't a preset comes back as it is, for the schema to judge. Pure.
 */
export function expandPreset(given: unknown): ExpandedPreset {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { status: 'expanded', settings: given };
  const own = given as Settings;
  try {
    const preset = presetOf(own);
    const merged: Record<string, unknown> = { ...preset, ...own };
    for (const key of ['claims', 'required_claims', 'introspection', 'groups_lookup'])
      if (isSettings(preset[key]) && isSettings(own[key])) merged[key] = { ...preset[key], ...own[key] };
    return { status: 'expanded', settings: merged };
  } catch (error) {
    if (!(error instanceof PresetProblem)) throw error;
    return { status: 'refused', problems: [{ key: error.key, message: error.message }] };
  }
}

function presetOf(own: Settings): Settings {
  switch (own['preset']) {
    case 'okta':
      return okta(own);
    case 'entra':
      return entra(own);
    case 'google':
      return google(own);
    case 'keycloak':
      return keycloak(own);
    case 'auth0':
      return auth0(own);
    default:
      return {};
  }
}

/** Custom authorization servers only: https://developer.okta.com/docs/concepts/auth-servers/ */
function okta(own: Settings): Settings {
  const orgServer =
    'is Okta’s org authorization server, whose access tokens are for Okta alone: others can’t check them, and they hold neither an audience nor groups of yours. Use a custom authorization server, such as “default”';
  if (typeof own['issuer'] === 'string' && !own['issuer'].includes('/oauth2/'))
    throw new PresetProblem('issuer', orgServer);
  if (own['server'] === 'org') throw new PresetProblem('server', orgServer);
  const server = text(own, 'server') ?? 'default';
  return {
    ...issuerUnlessGiven(own, () => `https://${hostName(own, 'acme.okta.com')}/oauth2/${encodeURIComponent(server)}`),
    ...(server === 'default' ? { audience: 'api://default' } : {}),
    typ: 'any',
    algorithms: ['RS256'],
    claims: { username: ['preferred_username', 'sub'], groups: ['groups'] },
  };
}

/** v1 and v2 tokens: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference */
function entra(own: Settings): Settings {
  const tenant = text(own, 'tenant');
  if (tenant === undefined)
    throw new PresetProblem('tenant', 'is missing. The preset entra needs the directory (tenant) id');
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tenant))
    throw new PresetProblem(
      'tenant',
      'must be the directory (tenant) id, such as 8d6f1a0e-0b3c-4c7e-9a55-2f1c6a3b7d10 in lower case: tokens name it in iss. Neither a domain nor “common” or “organizations” will do',
    );
  const audience = text(own, 'audience') ?? text(own, 'client_id') ?? '';
  const bare = audience.replace(/^api:\/\//, '');
  return {
    issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
    accepted_issuers: [`https://sts.windows.net/${tenant}/`],
    ...(audience === '' ? {} : { audience }),
    accepted_audiences: [bare, `api://${bare}`].filter((other) => bare !== '' && other !== audience),
    scopes: ['openid', 'profile', 'email', 'offline_access', `api://${bare}/.default`],
    typ: 'any',
    algorithms: ['RS256'],
    dpop: 'off',
    required_claims: { tid: [tenant] },
    claims: {
      username: ['preferred_username', 'upn', 'unique_name', 'email', 'sub'],
      groups: ['groups', 'roles'],
    },
    ...(own['relay_client'] === undefined
      ? {}
      : {
          groups_lookup: {
            url: 'https://graph.microsoft.com/v1.0/users/{oid}/transitiveMemberOf/microsoft.graph.group?$select=id&$top=999',
            when: 'overage',
            result: 'value.id',
            next: '"@odata.nextLink"',
            scope: 'https://graph.microsoft.com/.default',
          },
        }),
  };
}

/**
 * Access tokens are opaque and hold no groups: https://developers.google.com/identity/protocols/oauth2#tokens. With
 * `token_kind: id_token` the ID token stands for them: https://developers.google.com/identity/openid-connect/openid-connect
 */
function google(own: Settings): Settings {
  const hostedDomain = text(own, 'hosted_domain');
  if (hostedDomain === undefined)
    throw new PresetProblem(
      'hosted_domain',
      'is missing. Without the Workspace domain everybody with a Google account could sign in',
    );
  return {
    issuer: 'https://accounts.google.com',
    ...(text(own, 'client_id') === undefined ? {} : { audience: own['client_id'] }),
    scopes: ['openid', 'profile', 'email'],
    typ: 'any',
    algorithms: ['RS256'],
    dpop: 'off',
    ...(own['token_kind'] === 'id_token'
      ? {}
      : { introspection: { style: 'tokeninfo', url: 'https://oauth2.googleapis.com/tokeninfo' } }),
    required_claims: { hd: [hostedDomain], email_verified: [true, 'true'] },
    claims: { username: ['email', 'sub'], groups: [] },
  };
}

/** https://www.keycloak.org/docs/latest/server_admin/#_oidc */
function keycloak(own: Settings): Settings {
  const audience = text(own, 'audience');
  const clientRoles = audience === undefined || audience.includes('"') ? [] : [`resource_access."${audience}".roles`];
  return {
    ...issuerUnlessGiven(own, () => {
      const url = text(own, 'url');
      const realm = text(own, 'realm');
      if (url === undefined)
        throw new PresetProblem('url', 'is missing. The preset keycloak needs the address of the server');
      if (realm === undefined) throw new PresetProblem('realm', 'is missing. The preset keycloak needs the realm');
      return `${url.replace(/\/+$/, '')}/realms/${encodeURIComponent(realm)}`;
    }),
    typ: 'any',
    claims: { username: ['preferred_username', 'sub'], groups: ['groups', 'realm_access.roles', ...clientRoles] },
  };
}

/** https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles */
function auth0(own: Settings): Settings {
  return {
    ...issuerUnlessGiven(own, () => `https://${hostName(own, 'acme.eu.auth0.com')}/`),
    ...(text(own, 'audience') === undefined ? {} : { resource: own['audience'] }),
    typ: 'any',
    algorithms: ['RS256'],
    claims: { username: ['email', 'sub'], groups: ['permissions'] },
  };
}

function issuerUnlessGiven(own: Settings, make: () => string): Settings {
  return own['issuer'] === undefined ? { issuer: make() } : {};
}

function hostName(own: Settings, example: string): string {
  const domain = text(own, 'domain');
  if (domain === undefined)
    throw new PresetProblem('domain', `is missing. The preset ${String(own['preset'])} needs it, such as ${example}`);
  if (!/^[a-z0-9.-]+(?::\d+)?$/i.test(domain))
    throw new PresetProblem('domain', `must be a host name alone, without https:// and path, such as ${example}`);
  return domain;
}

function text(own: Settings, key: string): string | undefined {
  const value = own[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
