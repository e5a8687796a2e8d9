import type { Identity } from '../../../relay/identity/identity.ts';

type Settings = Record<string, unknown>;
/** When the tokens are looked at. */
export const nowMs = 1_800_000_000_000;
const nowSeconds = nowMs / 1000;
const times = { iat: nowSeconds - 60, exp: nowSeconds + 3600 };

/** A token as the provider issues it, read with the settings of docs/identity.md. */
export interface Provider {
  readonly name: string;
  readonly header: Settings;
  readonly claims: Settings;
  readonly identity: Partial<Identity>;
  readonly refused: readonly (readonly [what: string, changes: Settings, says: RegExp, settings?: Settings])[];
  readonly accepted?: readonly (readonly [
    what: string,
    changes: Settings,
    identity: Partial<Identity>,
    settings?: Settings,
  ])[];
}

/** Groups in forms that nobody can read: whoever has such a token gets no further, so that no deny rule is missed. */
const unreadableGroups = (claim: string): Provider['refused'] => [
  ['groups as a number', { [claim]: 7 }, /neither a list nor a string/],
  ['groups as an object of flags', { [claim]: { admins: true } }, /neither a list nor a string/],
  ['a nameless group', { [claim]: [{ id: 'x' }] }, /isn’t a group name/],
];
const readableGroups = (claim: string): NonNullable<Provider['accepted']> => [
  ['no groups at all', { [claim]: undefined }, { groups: [] }],
  ['groups that are null', { [claim]: null }, { groups: [] }],
  ['a null among the groups', { [claim]: ['developers', null] }, { groups: ['developers'] }],
  ['groups as objects', { [claim]: [{ id: 1, name: 'developers' }] }, { groups: ['developers'] }],
  ['one group as a text', { [claim]: 'developers' }, { groups: ['developers'] }],
  ['a text with a comma, which is one group', { [claim]: 'developers,admins' }, { groups: ['developers,admins'] }],
];

const zitadelRoles = 'urn:zitadel:iam:org:project:roles';

/** What providers issue, as their sources and documents have it. */
export const providers: readonly Provider[] = [
  {
    // newIDToken in server/oauth2.go of dexidp/dex
    name: 'Dex',
    header: { typ: undefined },
    claims: {
      iss: 'https://dex.acme.com/dex',
      sub: 'CgVhbGljZRIEbGRhcA',
      aud: 'causeway',
      ...times,
      nonce: 'n-0S6_WzA2Mj',
      at_hash: 'bOzwsYUiPjkaSgNVEMvWnQ',
      c_hash: 'f4bzI8dxJyCzKBQk6Sx5iQ',
      email: 'alice@acme.com',
      email_verified: true,
      groups: ['developers', 'sre'],
      name: 'Alice',
      preferred_username: 'alice',
    },
    identity: { subject: 'CgVhbGljZRIEbGRhcA', username: 'alice', groups: ['developers', 'sre'], kind: 'person' },
    refused: [
      ['the ID token of another client', { aud: 'other' }, /isn’t meant for the app alone/],
      ['one for another client, too', { aud: ['other', 'causeway'], azp: 'causeway' }, /isn’t meant for the app alone/],
      ['the issuer without its path', { iss: 'https://dex.acme.com' }, /isn’t an issuer of this relay/],
      ...unreadableGroups('groups'),
    ],
    accepted: readableGroups('groups'),
  },
  {
    // id_token.py and blueprints/system/providers-oauth2.yaml of goauthentik/authentik
    name: 'authentik',
    header: { typ: 'JWT' },
    claims: {
      iss: 'https://sso.acme.com/application/o/causeway/',
      sub: '3c2f4a',
      aud: '6sPuRfrAdQhfEfIPO2UFwz3ZTqGTpQ0xzM5bMkOQ',
      ...times,
      auth_time: nowSeconds - 90,
      acr: 'goauthentik.io/providers/oauth2/default',
      amr: ['pwd', 'mfa'],
      nonce: 'n-0S6_WzA2Mj',
      at_hash: 'bOzwsYUiPjkaSgNVEMvWnQ',
      sid: 'f0e4c2f76c58916ec258f246851bea091d14d4247a2fc3e18694461b1816e13b',
      email: 'alice@acme.com',
      email_verified: false,
      name: 'Alice',
      preferred_username: 'alice',
      nickname: 'alice',
      groups: ['developers'],
    },
    identity: { username: 'alice', groups: ['developers'], authTimeMs: nowMs - 90_000 },
    refused: [
      ['another application’s', { aud: 'other' }, /isn’t meant for the app alone/],
      ['without the slash', { iss: 'https://sso.acme.com/application/o/causeway' }, /isn’t an issuer of this relay/],
      [
        'an ID token where access tokens are wanted',
        { at_hash: undefined, nonce: undefined },
        /has no uid claim, which all access tokens of authentik have/,
        { token_kind: 'access_token' },
      ],
      ...unreadableGroups('groups'),
    ],
    accepted: [
      ...readableGroups('groups'),
      [
        'its access token',
        { at_hash: undefined, nonce: undefined, azp: '6sPuRfrAdQhfEfIPO2UFwz3ZTqGTpQ0xzM5bMkOQ', uid: 'rNdCyzA' },
        { groups: ['developers'] },
        { token_kind: 'access_token' },
      ],
    ],
  },
  {
    // openid-connect-1.0-claims.md of authelia/authelia, with its claims_policy
    name: 'Authelia',
    header: { typ: 'JWT' },
    claims: {
      iss: 'https://auth.acme.com',
      jti: '4b2b8f3e-0c0e-4a0e-9d55-bb1f1e5d0f11',
      sub: '8b0e6d52-4d1f-4c2f-8f35-0a9d5f6c7e21',
      aud: ['causeway'],
      ...times,
      auth_time: nowSeconds - 60,
      nonce: 'n-0S6_WzA2Mj',
      amr: ['pwd', 'otp', 'mfa'],
      azp: 'causeway',
      at_hash: 'bOzwsYUiPjkaSgNVEMvWnQ',
      rat: nowSeconds - 70,
      groups: ['developers'],
      preferred_username: 'alice',
      email: 'alice@acme.com',
    },
    identity: { username: 'alice', groups: ['developers'], tokenId: '4b2b8f3e-0c0e-4a0e-9d55-bb1f1e5d0f11' },
    refused: [
      [
        'its access token',
        { at_hash: undefined, scope: 'openid', client_id: 'causeway' },
        /is an access token \(scope\)/,
      ],
      ['another client’s', { aud: ['other'], azp: 'other' }, /isn’t meant for the app alone/],
      [
        'one where the JWT profile is wanted',
        {},
        /has typ “JWT” instead of at\+jwt/,
        { token_kind: 'access_token', audience: 'https://relay.acme.com' },
      ],
      ...unreadableGroups('groups'),
    ],
    accepted: readableGroups('groups'),
  },
  {
    // The user guide’s page about access tokens; they have no typ.
    name: 'Cognito',
    header: { typ: undefined },
    claims: {
      sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      device_key: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      'cognito:groups': ['developers'],
      token_use: 'access',
      scope: 'openid profile email',
      auth_time: nowSeconds - 60,
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI',
      ...times,
      origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      client_id: '1example23456789',
      username: 'alice',
    },
    identity: { username: 'alice', groups: ['developers'], clientId: '1example23456789', kind: 'person' },
    refused: [
      ['another app client’s', { client_id: 'other' }, /was given to the app “other”, not to 1example23456789/],
      ['no client_id', { client_id: undefined }, /has no usable client_id claim/],
      ['a list of clients', { client_id: ['1example23456789'] }, /has no usable client_id claim/],
      ['the ID token', { token_use: 'id', aud: '1example23456789', client_id: undefined }, /is for “id” \(token_use\)/],
      ['an ID token that names the client', { token_use: 'id' }, /is for “id” \(token_use\)/],
      ['no token_use', { token_use: undefined }, /doesn’t say that it is an access token/],
      ['a token_use in another form', { token_use: ['access'] }, /token_use/],
      ['one that is bound to another API', { aud: 'https://other.acme.com' }, /is meant for “https:\/\/other/],
      ['an audience that is null', { aud: null }, /has no usable aud claim/],
      [
        'another pool’s',
        { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other' },
        /isn’t an issuer of this relay/,
      ],
      ['an access token where ID tokens are wanted', {}, /is an access token \(scope\)/, { token_kind: 'id_token' }],
      [
        'another app client’s ID token',
        { token_use: 'id', aud: 'other', scope: undefined, client_id: undefined },
        /isn’t meant for the app alone/,
        { token_kind: 'id_token' },
      ],
      [
        'an ID token that doesn’t say so',
        { token_use: undefined, aud: '1example23456789', scope: undefined, client_id: undefined },
        /lacks the required claim token_use/,
        { token_kind: 'id_token' },
      ],
      ...unreadableGroups('cognito:groups'),
    ],
    accepted: [
      ...readableGroups('cognito:groups'),
      ['one that is bound to the app itself', { aud: '1example23456789' }, { groups: ['developers'] }],
      [
        'its ID token where that is wanted',
        {
          token_use: 'id',
          aud: '1example23456789',
          scope: undefined,
          client_id: undefined,
          username: undefined,
          'cognito:username': 'alice',
          email: 'alice@acme.com',
          at_hash: 'x',
        },
        { username: 'alice@acme.com', groups: ['developers'] },
        { token_kind: 'id_token' },
      ],
      [
        'an app client of its own that may come',
        { client_id: 'ci' },
        { clientId: 'ci' },
        { accepted_audiences: ['ci'] },
      ],
    ],
  },
  {
    // https://docs.gitlab.com/integration/openid_connect_provider/
    name: 'GitLab',
    header: { typ: 'JWT' },
    claims: {
      iss: 'https://gitlab.acme.com',
      sub: '42',
      aud: '2f1c6a3b7d104c7e9a55',
      ...times,
      nonce: 'n-0S6_WzA2Mj',
      auth_time: nowSeconds - 60,
      sub_legacy: 'f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2',
      name: 'Alice',
      nickname: 'alice',
      preferred_username: 'alice',
      email: 'alice@acme.com',
      email_verified: true,
      groups_direct: ['engineering/backend', 'sre'],
    },
    identity: { subject: '42', username: 'alice', groups: ['engineering/backend', 'sre'] },
    refused: [
      ['another application’s', { aud: 'other' }, /isn’t meant for the app alone/],
      ['gitlab.com’s', { iss: 'https://gitlab.com' }, /isn’t an issuer of this relay/],
      ...unreadableGroups('groups_direct'),
    ],
    accepted: readableGroups('groups_direct'),
  },
  {
    // https://zitadel.com/docs/apis/openidoauth/claims: no scope, no typ of its own, the app among the audiences
    name: 'Zitadel',
    header: { typ: 'JWT' },
    claims: {
      iss: 'https://acme.zitadel.cloud',
      sub: '163840776835432705',
      aud: ['312909075212468632', '312909075212468224'],
      ...times,
      nbf: nowSeconds - 60,
      jti: 'V2_277842343452-at_277842343453',
      client_id: '312909075212468632',
      [zitadelRoles]: { developer: { '1638407': 'acme.zitadel.cloud' }, sre: { '1638407': 'acme.zitadel.cloud' } },
    },
    identity: { subject: '163840776835432705', groups: ['developer', 'sre'], kind: 'person' },
    refused: [
      ['another project’s', { aud: ['312909075212468632', '1'] }, /is meant for “312909075212468632”, not for/],
      [
        'an ID token',
        { jti: undefined, at_hash: 'x', nonce: 'n', auth_time: nowSeconds },
        /is an ID token \(at_hash\)/,
      ],
      ['an ID token without at_hash', { jti: undefined }, /has no jti claim, which all access tokens of Zitadel have/],
      ['one whose jti is null', { jti: null }, /has no jti claim/],
      ['one with a nonce', { nonce: 'n' }, /is an ID token \(nonce\)/],
      ['another instance’s', { iss: 'https://other.zitadel.cloud' }, /isn’t an issuer of this relay/],
      ['roles as texts', { [zitadelRoles]: { admin: 'yes' } }, /neither a list nor a string/],
      ['roles with a null', { [zitadelRoles]: { admin: { '1': 'a' }, sre: null } }, /neither a list nor a string/],
    ],
    accepted: [
      ['no role', { [zitadelRoles]: undefined }, { groups: [] }],
      ['an empty object of roles', { [zitadelRoles]: {} }, { groups: [] }],
      [
        'a list of such objects',
        { [zitadelRoles]: [{ user: { '1': 'a' } }, { sre: { '1': 'a' } }] },
        { groups: ['user', 'sre'] },
      ],
      [
        'roles under the project’s id',
        { [zitadelRoles]: undefined, 'urn:zitadel:iam:org:project:312909075212468224:roles': { admin: { '1': 'a' } } },
        { groups: ['admin'] },
      ],
    ],
  },
  {
    // As quoted in DuendeArchive/IdentityServer4#812: no sub, no kid, auth_time as a date; with a resource and rules.
    name: 'AD FS',
    header: { typ: 'JWT', x5t: 'jeeTjLUamo_5jJguq1jLfYl8Gik', kid: undefined },
    claims: {
      aud: 'https://relay.acme.com',
      iss: 'http://adfs.acme.com/adfs/services/trust',
      ...times,
      upn: 'alice@acme.com',
      group: ['developers', 'sre'],
      apptype: 'Public',
      appid: '2b7f2c61-3d3e-4a54-8d5f-0a1f6f3c9b11',
      authmethod: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
      auth_time: '2027-01-15T07:59:00.918Z',
      ver: '1.0',
      scp: 'profile openid',
    },
    identity: {
      issuer: 'https://adfs.acme.com/adfs',
      subject: 'alice@acme.com',
      username: 'alice@acme.com',
      groups: ['developers', 'sre'],
      authTimeMs: Date.parse('2027-01-15T07:59:00.918Z'),
      kind: 'person',
    },
    refused: [
      ['no resource asked for', { aud: 'microsoft:identityserver:2b7f2c61' }, /is meant for “microsoft:identityserver/],
      ['neither sub nor UPN', { upn: undefined }, /has no usable sub or upn claim/],
      ['a sub that isn’t one, beside a UPN', { sub: 7 }, /has no usable sub or upn claim/],
      ['the same farm by https', { iss: 'https://adfs.acme.com/adfs/services/trust' }, /isn’t an issuer of this relay/],
      ['another farm’s', { iss: 'http://adfs.evil.example/adfs/services/trust' }, /isn’t an issuer of this relay/],
      [
        'an ID token for the app',
        { iss: 'https://adfs.acme.com/adfs', aud: '2b7f2c61-3d3e-4a54-8d5f-0a1f6f3c9b11', scp: undefined, sub: 'x' },
        /is an ID token/,
      ],
      ...unreadableGroups('group'),
    ],
    accepted: [
      ...readableGroups('group'),
      ['a sub beside the UPN', { sub: 'JIg5DslCMEyKf8AnKpvNg3XQf' }, { subject: 'JIg5DslCMEyKf8AnKpvNg3XQf' }],
      ['roles', { group: undefined, role: 'admins' }, { groups: ['admins'] }],
      ['a date that isn’t one', { auth_time: '2027-99-99T07:59:00Z' }, { authTimeMs: undefined }],
    ],
  },
  {
    // The attribute contract of the administrators’ reference: what isn’t configured isn’t there.
    name: 'PingFederate',
    header: { typ: undefined },
    claims: {
      scope: 'openid profile',
      client_id: 'causeway',
      iss: 'https://sso.acme.com',
      aud: 'https://relay.acme.com',
      jti: 'a8d5UjgWNMbRRtrNEn8ngQ',
      Username: 'alice',
      groups: ['developers'],
      ...times,
    },
    identity: { subject: 'alice', username: 'alice', groups: ['developers'], clientId: 'causeway' },
    refused: [
      ['no iss', { iss: undefined }, /doesn’t say who issued it \(no iss claim\)/],
      ['an iss that is null', { iss: null }, /isn’t an issuer of this relay/],
      ['no aud', { aud: undefined }, /has no usable aud claim/],
      ['another API’s', { aud: 'https://other.acme.com' }, /is meant for “https:\/\/other/],
      ['no such attribute', { Username: undefined }, /has no usable Username claim/],
      ['an empty name', { Username: '' }, /has no usable Username claim/],
      ['a list of names', { Username: ['alice'] }, /has no usable Username claim/],
      ...unreadableGroups('groups'),
    ],
    accepted: readableGroups('groups'),
  },
];
