import { fetch } from 'undici';
import { describe, expect, it } from 'vitest';
import type { AccessError } from '../../../shared/errors.ts';
import { configSchema, type IssuerConfig } from '../../../relay/config/config-schema.ts';
import { expandPreset } from '../../../relay/config/presets/expand-preset.ts';
import type { Identity } from '../../../relay/identity/identity.ts';
import { authenticateBearer, openAuthenticator, signToken, startIssuer, testKey } from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const nowSeconds = nowMs / 1000;
const tenant = '8d6f1a0e-0b3c-4c7e-9a55-2f1c6a3b7d10';
const app = '6e74172b-be56-4843-9ff4-e66a39bb12e3';

/** The settings of one issuer as the YAML would give them. */
function settingsOf(given: Record<string, unknown>): IssuerConfig {
  const config = configSchema.parse({
    relay: { name: 'Test', url: 'https://relay.example' },
    issuers: [{ name: 'IdP', client_id: app, ...given }],
    apis: [],
  });
  return config.issuers[0] as IssuerConfig;
}

/** One documented token of a provider, and what must come of it. */
interface Case {
  readonly name: string;
  readonly issuer: Record<string, unknown>;
  /** Metadata as documented, but for the addresses, which are the test server's. */
  readonly metadata: Record<string, unknown>;
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  readonly expected: Partial<Identity> | RegExp;
}

const times = { iat: nowSeconds - 60, nbf: nowSeconds - 60, exp: nowSeconds + 3600 };

// https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/ (access token, custom authorization server)
const okta: Omit<Case, 'name' | 'expected'> = {
  issuer: { preset: 'okta', domain: 'acme.okta.com' },
  metadata: { issuer: 'https://acme.okta.com/oauth2/default', introspection_endpoint: '', end_session_endpoint: '' },
  header: { typ: undefined },
  claims: {
    ver: 1,
    jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
    iss: 'https://acme.okta.com/oauth2/default',
    aud: 'api://default',
    sub: 'alice@acme.com',
    ...times,
    cid: '0oabucvyc38HLL1ef0h7',
    uid: '00uid4BxXw6I6TV4m0g3',
    scp: ['openid', 'profile'],
    auth_time: nowSeconds - 60,
    groups: ['Everyone', 'developers'],
  },
};

// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference (v2.0)
const entra: Omit<Case, 'name' | 'expected'> = {
  issuer: { preset: 'entra', tenant },
  metadata: { issuer: `https://login.microsoftonline.com/${tenant}/v2.0`, cloud_instance_name: 'microsoftonline.com' },
  header: { typ: 'JWT', x5t: 'nOo3ZDrODXEK1jKWhXslHR_KXEg' },
  claims: {
    aud: app,
    iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
    ...times,
    aio: 'AXQAi/8IAAAA',
    azp: app,
    azpacr: '0',
    name: 'Alice Ünal',
    oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
    preferred_username: 'alice@acme.com',
    rh: '0.AXoA',
    scp: 'access_as_user',
    sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
    tid: tenant,
    uti: 'fqiBqXLPj0eQa82S-IYFAA',
    ver: '2.0',
    groups: ['2f1c6a3b-aaaa-bbbb-cccc-000000000001'],
    roles: ['Orders.Write'],
  },
};
// Same page, v1.0.
const entraV1 = {
  ...entra,
  claims: {
    ...entra.claims,
    aud: `api://${app}`,
    iss: `https://sts.windows.net/${tenant}/`,
    azp: undefined,
    preferred_username: undefined,
    appid: app,
    appidacr: '0',
    amr: ['pwd'],
    unique_name: 'alice@acme.com',
    upn: 'alice@acme.com',
    ver: '1.0',
  },
};

// https://www.keycloak.org/docs/latest/server_admin/ (token of the account console with group and audience mappers)
const keycloak: Omit<Case, 'name' | 'expected'> = {
  issuer: { preset: 'keycloak', url: 'https://sso.acme.com/', realm: 'acme', audience: 'causeway.relay' },
  metadata: { issuer: 'https://sso.acme.com/realms/acme', backchannel_logout_supported: true },
  header: { typ: 'JWT' },
  claims: {
    ...times,
    auth_time: nowSeconds - 60,
    jti: 'onrtac:4b2b',
    iss: 'https://sso.acme.com/realms/acme',
    aud: ['causeway.relay', 'account'],
    sub: 'f3a1',
    typ: 'Bearer',
    azp: 'causeway-app',
    nonce: 'n-0S6_WzA2Mj',
    sid: 'b1c8',
    acr: '1',
    'allowed-origins': ['https://app.acme.com'],
    realm_access: { roles: ['offline_access', 'employee'] },
    resource_access: { 'causeway.relay': { roles: ['orders-admin'] }, account: { roles: ['manage-account'] } },
    scope: 'openid email profile',
    email_verified: true,
    preferred_username: 'alice',
    groups: ['/engineering/backend'],
  },
};

// https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles (Auth0 token profile)
const auth0: Omit<Case, 'name' | 'expected'> = {
  issuer: { preset: 'auth0', domain: 'acme.eu.auth0.com', audience: 'https://relay.acme.com' },
  metadata: { issuer: 'https://acme.eu.auth0.com/' },
  header: { typ: 'JWT' },
  claims: {
    ...times,
    iss: 'https://acme.eu.auth0.com/',
    sub: 'auth0|123456',
    aud: ['https://relay.acme.com', 'https://acme.eu.auth0.com/userinfo'],
    azp: app,
    scope: 'openid profile offline_access',
    permissions: ['orders:write'],
    'https://acme.com/groups': ['developers'],
  },
};

const cases: readonly Case[] = [
  {
    ...okta,
    name: 'Okta',
    expected: {
      kind: 'person',
      username: 'alice@acme.com',
      clientId: '0oabucvyc38HLL1ef0h7',
      groups: ['Everyone', 'developers'],
      scopes: ['openid', 'profile'],
    },
  },
  {
    ...okta,
    name: 'Okta, client credentials',
    claims: { ...okta.claims, sub: '0oabucvyc38HLL1ef0h7', uid: undefined, groups: undefined, auth_time: undefined },
    expected: { kind: 'service', groups: [] },
  },
  {
    ...okta,
    name: 'Okta, the audience of another API',
    claims: { ...okta.claims, aud: 'api://other' },
    expected: /is meant for “api:\/\/other”, not for api:\/\/default/,
  },
  {
    ...okta,
    name: 'Okta, a token of the org server',
    claims: { ...okta.claims, iss: 'https://acme.okta.com', aud: 'https://acme.okta.com' },
    expected: /isn’t an issuer of this relay/,
  },
  {
    ...entra,
    name: 'Entra v2',
    expected: {
      issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
      username: 'alice@acme.com',
      name: 'Alice Ünal',
      clientId: app,
      groups: ['2f1c6a3b-aaaa-bbbb-cccc-000000000001', 'Orders.Write'],
      scopes: ['access_as_user'],
    },
  },
  {
    ...entraV1,
    name: 'Entra v1: another iss and aud, the same issuer for rules',
    expected: {
      issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
      username: 'alice@acme.com',
      clientId: app,
    },
  },
  {
    ...entra,
    name: 'Entra, groups mapped to the names of rules',
    issuer: { ...entra.issuer, claims: { mapping: { '2f1c6a3b-aaaa-bbbb-cccc-000000000001': ['sre', 'developers'] } } },
    expected: { groups: ['sre', 'developers'] },
  },
  {
    ...entra,
    name: 'Entra, an app of its own',
    claims: { ...entra.claims, scp: undefined, groups: undefined, sub: entra.claims['oid'], idtyp: 'app' },
    expected: { kind: 'service', groups: ['Orders.Write'] },
  },
  {
    ...entra,
    name: 'Entra, too many groups (_claim_names)',
    // https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim
    claims: {
      ...entra.claims,
      groups: undefined,
      _claim_names: { groups: 'src1' },
      _claim_sources: { src1: { endpoint: `https://graph.windows.net/${tenant}/users/690222be/getMemberObjects` } },
    },
    expected: /leaves out the groups because there are too many \(groups overage\).*groups_lookup/,
  },
  {
    ...entra,
    name: 'Entra, too many groups (hasgroups)',
    claims: { ...entra.claims, groups: undefined, hasgroups: true },
    expected: /groups overage/,
  },
  {
    ...entra,
    name: 'Entra, another tenant by iss',
    claims: { ...entra.claims, iss: 'https://login.microsoftonline.com/11111111-0b3c-4c7e-9a55-2f1c6a3b7d10/v2.0' },
    expected: /isn’t an issuer of this relay/,
  },
  {
    ...entra,
    name: 'Entra, another tenant by tid',
    claims: { ...entra.claims, tid: '11111111-0b3c-4c7e-9a55-2f1c6a3b7d10' },
    expected: /another tid claim .* it has the claims .*aud.*, tid/,
  },
  {
    ...entra,
    name: 'Entra, an ID token for the same app',
    claims: { ...entra.claims, scp: undefined, roles: undefined, azp: undefined, nonce: undefined },
    expected: /ID token/,
  },
  {
    ...keycloak,
    name: 'Keycloak: group paths, realm roles and client roles put together; a nonce in the access token',
    expected: {
      username: 'alice',
      groups: ['/engineering/backend', 'offline_access', 'employee', 'orders-admin'],
      acr: '1',
      providerSessionId: 'b1c8',
    },
  },
  {
    ...keycloak,
    name: 'Keycloak, members of a subgroup are members of the group',
    issuer: { ...keycloak.issuer, claims: { groups: 'groups', group_paths: 'ancestors' } },
    expected: { groups: ['/engineering/backend', '/engineering'] },
  },
  {
    ...keycloak,
    name: 'Keycloak without group mapper and roles',
    claims: { ...keycloak.claims, groups: undefined, realm_access: undefined, resource_access: undefined },
    expected: { groups: [] },
  },
  {
    ...keycloak,
    name: 'Keycloak, groups required but missing',
    issuer: { ...keycloak.issuer, required_claims: { groups: '*' } },
    claims: { ...keycloak.claims, groups: undefined },
    expected: /lacks the required claim groups; it has .*realm_access, resource_access/,
  },
  {
    ...keycloak,
    name: 'Keycloak, an ID token',
    claims: { ...keycloak.claims, typ: 'ID' },
    expected: /typ claim/,
  },
  {
    ...keycloak,
    name: 'Keycloak, a service account',
    claims: {
      ...keycloak.claims,
      auth_time: undefined,
      sid: undefined,
      azp: 'ci',
      preferred_username: 'service-account-ci',
      nonce: undefined,
    },
    expected: { kind: 'service', clientId: 'ci' },
  },
  {
    ...auth0,
    name: 'Auth0: permissions',
    expected: { username: 'auth0|123456', groups: ['orders:write'], clientId: app },
  },
  {
    ...auth0,
    name: 'Auth0: a namespaced claim',
    issuer: { ...auth0.issuer, claims: { groups: ['https://acme.com/groups', 'permissions'] } },
    expected: { groups: ['developers', 'orders:write'] },
  },
  {
    ...auth0,
    name: 'Auth0, machine to machine',
    claims: { ...auth0.claims, sub: `${app}@clients`, gty: 'client-credentials' },
    expected: { kind: 'service' },
  },
];

describe('a documented token', () => {
  for (const { name, issuer, metadata, header, claims, expected } of cases)
    it(`${name}: ${expected instanceof RegExp ? 'is refused' : 'is accepted'}`, async () => {
      const key = await testKey('RS256');
      const server = await startIssuer([key]);
      const settings = settingsOf(issuer);
      expect(metadata['issuer']).toBe(settings.issuer);
      server.metadata = { ...metadata, jwks_uri: `${settings.issuer.replace(/\/$/, '')}/jwks` };
      // Only the addresses change: the provider's own names resolve to the test server.
      const authenticator = openAuthenticator([settings], {
        now: () => nowMs,
        fetch: throughServer(settings.issuer, server.url),
      });
      const token = await signToken(key, claims, header);
      const result = await authenticateBearer(authenticator, token).then(
        (identity) => identity,
        (error: unknown) => error,
      );
      if (expected instanceof RegExp) {
        expect(result).toMatchObject({ code: 'token-rejected' });
        expect((result as AccessError).message).toMatch(expected);
      } else expect(result).toMatchObject(expected);
    });
});

/** Sends what goes to the provider's own name to the test server. */
function throughServer(issuer: string, url: string): typeof fetch {
  return (input, init) => fetch((typeof input === 'string' ? input : '').replace(issuer.replace(/\/$/, ''), url), init);
}

describe('a preset', () => {
  const problem = (given: Record<string, unknown>): string => {
    const expanded = expandPreset({ name: 'IdP', client_id: app, ...given });
    return expanded.status === 'refused' ? expanded.problems.map(({ key, message }) => `${key} ${message}`).join() : '';
  };
  it('teaches why Okta’s org server won’t do', () => {
    expect(problem({ preset: 'okta', server: 'org', domain: 'acme.okta.com' })).toMatch(/^server .*for Okta alone/);
    expect(problem({ preset: 'okta', issuer: 'https://acme.okta.com' })).toMatch(
      /^issuer .*custom authorization server/,
    );
  });
  it('names what it lacks', () => {
    expect(problem({ preset: 'okta' })).toMatch(/^domain is missing/);
    expect(problem({ preset: 'okta', domain: 'https://acme.okta.com/' })).toMatch(/^domain must be a host name alone/);
    expect(problem({ preset: 'entra' })).toMatch(/^tenant is missing/);
    for (const wrong of ['common', 'organizations', 'acme.onmicrosoft.com', 'acme.com'])
      expect(problem({ preset: 'entra', tenant: wrong })).toMatch(/^tenant must be the directory/);
    expect(problem({ preset: 'google' })).toMatch(/^hosted_domain is missing.*everybody with a Google account/);
    expect(problem({ preset: 'keycloak', realm: 'r' })).toMatch(/^url is missing/);
    expect(problem({ preset: 'keycloak', url: 'https://sso' })).toMatch(/^realm is missing/);
    expect(problem({ preset: 'auth0' })).toMatch(/^domain is missing/);
  });
  it('gives way to keys that stand beside it', () => {
    const settings = settingsOf({
      preset: 'entra',
      tenant,
      audience: 'api://relay',
      algorithms: ['PS256'],
      claims: { groups: 'wids' },
      required_claims: { email: '*' },
    });
    expect(settings).toMatchObject({
      audience: 'api://relay',
      accepted_audiences: ['relay'],
      algorithms: ['PS256'],
      claims: { groups: 'wids', username: ['preferred_username', 'upn', 'unique_name', 'email', 'sub'] },
      required_claims: { tid: [tenant], email: '*' },
    });
  });
  it('leaves a generic issuer as it is', () => {
    const given = { name: 'x', issuer: 'https://idp.example', client_id: 'c', audience: 'a' };
    expect(expandPreset(given)).toEqual({ status: 'expanded', settings: given });
    expect(expandPreset('text')).toEqual({ status: 'expanded', settings: 'text' });
  });
});
