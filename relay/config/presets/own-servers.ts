import {
  hostName,
  idTokenUnlessGiven,
  issuerUnlessGiven,
  PresetProblem,
  serverUrl,
  type Settings,
  text,
} from './preset-settings.ts';

/** https://www.keycloak.org/docs/latest/server_admin/#_oidc */
export function keycloak(own: Settings): Settings {
  const audience = text(own, 'audience');
  const clientRoles = audience === undefined || audience.includes('"') ? [] : [`resource_access."${audience}".roles`];
  return {
    ...issuerUnlessGiven(own, () => {
      const url = serverUrl(own);
      const realm = text(own, 'realm');
      if (realm === undefined) throw new PresetProblem('realm', 'is missing. The preset keycloak needs the realm');
      return `${url}/realms/${encodeURIComponent(realm)}`;
    }),
    typ: 'any',
    claims: { username: ['preferred_username', 'sub'], groups: ['groups', 'realm_access.roles', ...clientRoles] },
  };
}

/**
 * Its access tokens are ID tokens with another name (server/oauth2.go of dexidp/dex), so the real one is presented:
 * https://dexidp.io/docs/configuration/custom-scopes-claims-clients/
 */
export function dex(own: Settings): Settings {
  return {
    ...idTokenUnlessGiven(own, { typ: 'any' }),
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    claims: { username: ['preferred_username', 'email', 'name', 'sub'], groups: ['groups'] },
  };
}

/** Each provider is an issuer of its own, and `uid` is in access tokens only (id_token.py of goauthentik/authentik). */
export function authentik(own: Settings): Settings {
  const issuer = text(own, 'issuer');
  if (issuer !== undefined && !issuer.endsWith('/'))
    throw new PresetProblem('issuer', 'must end with a slash, as authentik writes it into its tokens');
  return {
    ...issuerUnlessGiven(own, () => {
      const slug = text(own, 'application');
      if (slug === undefined)
        throw new PresetProblem('application', 'is missing. The preset authentik needs the application’s slug');
      return `${serverUrl(own)}/application/o/${encodeURIComponent(slug)}/`;
    }),
    ...idTokenUnlessGiven(own, { audience: own['client_id'], typ: 'any', access_token_claim: 'uid' }),
    claims: { username: ['preferred_username', 'email', 'sub'], groups: ['groups'] },
  };
}

/** Access tokens are opaque; `groups` is at the userinfo endpoint only: https://docs.gitlab.com/integration/openid_connect_provider/ */
export function gitlab(own: Settings): Settings {
  return {
    ...issuerUnlessGiven(own, () => (text(own, 'url') === undefined ? 'https://gitlab.com' : serverUrl(own))),
    ...idTokenUnlessGiven(own),
    // offline_access isn’t among its scopes.
    scopes: ['openid', 'profile', 'email'],
    claims: { username: ['preferred_username', 'nickname', 'email', 'sub'], groups: ['groups_direct'] },
  };
}

/**
 * Access tokens are opaque unless the client says `access_token_signed_response_alg`, and name groups only by a claims
 * policy: https://www.authelia.com/integration/openid-connect/openid-connect-1.0-claims/
 */
export function authelia(own: Settings): Settings {
  return {
    ...issuerUnlessGiven(own, () => `https://${hostName(own, 'auth.acme.com')}`),
    ...idTokenUnlessGiven(own),
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    claims: { username: ['preferred_username', 'email', 'sub'], groups: ['groups'] },
  };
}

/**
 * Access tokens name another issuer than the metadata (`access_token_issuer`, [MS-OIDCE] 2.2.3.2) and hold `sub` only
 * where a rule puts it in: https://github.com/MicrosoftDocs/windowsserverdocs/issues/551
 */
export function adfs(own: Settings): Settings {
  const host = text(own, 'issuer') === undefined ? hostName(own, 'adfs.acme.com') : undefined;
  return {
    ...(host === undefined
      ? {}
      : { issuer: `https://${host}/adfs`, accepted_issuers: [`http://${host}/adfs/services/trust`] }),
    ...(text(own, 'audience') === undefined ? {} : { resource: own['audience'] }),
    scopes: ['openid', 'profile', 'email'],
    typ: 'any',
    algorithms: ['RS256'],
    dpop: 'off',
    claims: {
      subject: ['sub', 'upn'],
      username: ['upn', 'unique_name', 'email', 'sub'],
      groups: ['groups', 'group', 'roles', 'role'],
    },
  };
}

/**
 * What its JWTs hold, their audience, issuer and subject too, is what the access token manager’s attribute contract says:
 * https://docs.pingidentity.com/pingfederate/latest/administrators_reference_guide/pf_defining_access_token_attribute_contract.html
 */
export function pingfederate(own: Settings): Settings {
  return {
    ...issuerUnlessGiven(own, () => serverUrl(own)),
    typ: 'any',
    claims: { groups: ['groups'] },
  };
}
