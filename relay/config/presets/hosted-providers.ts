import { hostName, issuerUnlessGiven, PresetProblem, type Settings, text } from './preset-settings.ts';

/** Custom authorization servers only: https://developer.okta.com/docs/concepts/auth-servers/ */
export function okta(own: Settings): Settings {
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
export function entra(own: Settings): Settings {
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
export function google(own: Settings): Settings {
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

/** https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles */
export function auth0(own: Settings): Settings {
  return {
    ...issuerUnlessGiven(own, () => `https://${hostName(own, 'acme.eu.auth0.com')}/`),
    ...(text(own, 'audience') === undefined ? {} : { resource: own['audience'] }),
    typ: 'any',
    algorithms: ['RS256'],
    claims: { username: ['email', 'sub'], groups: ['permissions'] },
  };
}

/**
 * Access tokens name the app (`client_id`) and no audience, and say what they are (`token_use`):
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
export function cognito(own: Settings): Settings {
  const isIdToken = own['token_kind'] === 'id_token';
  return {
    ...issuerUnlessGiven(own, () => {
      const pool = text(own, 'user_pool');
      if (pool === undefined)
        throw new PresetProblem(
          'user_pool',
          'is missing. The preset cognito needs the user pool’s id, such as eu-central-1_AbCdEfGhI',
        );
      const region = /^([a-z]{2}(?:-[a-z]+)+-\d+)_[A-Za-z0-9]+$/.exec(pool)?.[1];
      if (region === undefined)
        throw new PresetProblem('user_pool', 'must be the user pool’s id, such as eu-central-1_AbCdEfGhI');
      return `https://cognito-idp.${region}.amazonaws.com/${pool}`;
    }),
    ...(text(own, 'client_id') === undefined ? {} : { audience: own['client_id'] }),
    ...(isIdToken ? {} : { audience_claim: 'client_id' }),
    // offline_access isn’t among its scopes.
    scopes: ['openid', 'profile', 'email'],
    typ: 'any',
    algorithms: ['RS256'],
    dpop: 'off',
    required_claims: { token_use: [isIdToken ? 'id' : 'access'] },
    claims: { username: ['email', 'username', 'cognito:username', 'sub'], groups: ['cognito:groups'] },
  };
}

/**
 * The audience is the project, which a scope asks for, and the app; roles are the keys of an object; `jti` is in access
 * tokens only: https://zitadel.com/docs/apis/openidoauth/claims
 */
export function zitadel(own: Settings): Settings {
  const project = text(own, 'project');
  if (project === undefined)
    throw new PresetProblem('project', 'is missing. The preset zitadel needs the project’s id, which is the audience');
  if (!/^\d+$/.test(project))
    throw new PresetProblem('project', 'must be the project’s id, such as 312909075212468224');
  return {
    ...issuerUnlessGiven(own, () => `https://${hostName(own, 'acme.zitadel.cloud')}`),
    audience: project,
    scopes: ['openid', 'profile', 'email', 'offline_access', `urn:zitadel:iam:org:project:id:${project}:aud`],
    typ: 'any',
    access_token_claim: 'jti',
    claims: {
      username: ['preferred_username', 'email', 'sub'],
      groups: [`urn:zitadel:iam:org:project:${project}:roles`, 'urn:zitadel:iam:org:project:roles'],
    },
  };
}
