import { z } from 'zod';
import { parseClaimPath } from './values/claim-path.ts';
import { expandPreset, presetNames } from './presets/expand-preset.ts';

const httpUrl = z.url({ protocol: /^https?$/ });
const claimPath = z
  .string()
  .min(1)
  .max(256)
  .refine(
    (path) => /^[a-z]+:\/\//.test(path) || parseClaimPath(path) !== undefined,
    'must be a claim’s name or steps joined by dots; a step that holds a dot stands in double quotes',
  );

/** Signature algorithms that a config may allow: asymmetric only (RFC 8725 §3.1). */
export const signatureAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

const proxySchema = z
  .string()
  .refine(
    (value) =>
      value === 'environment' ||
      value === 'none' ||
      (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).pathname === '/'),
    'must be environment, none, or the address of a proxy, such as http://proxy.acme.example:3128',
  )
  .refine(
    (value) => !URL.canParse(value) || new URL(value).username + new URL(value).password === '',
    'must hold no user name or password; put such an address into HTTPS_PROXY of the relay’s environment',
  );

const claimsSchema = z.strictObject({
  subject: z
    .array(claimPath)
    .min(1)
    .default(['sub'])
    .describe('Claims that name the person for ever; the first that there is counts. For providers without sub.'),
  username: z.array(claimPath).default(['preferred_username', 'email', 'upn', 'sub']),
  name: claimPath.default('name'),
  email: claimPath.default('email'),
  groups: z
    .union([claimPath, z.array(claimPath)])
    .default('groups')
    .describe('Claims that hold the groups or roles, each a list or one string; several are put together.'),
  group_paths: z
    .enum(['keep', 'ancestors'])
    .default('keep')
    .describe('ancestors: a member of /a/b counts as a member of /a, too (Keycloak).'),
  mapping: z
    .record(z.string().min(1), z.union([z.string().min(1).max(256), z.array(z.string().min(1).max(256))]))
    .default({})
    .describe('From values of the groups claims to the names that rules use.'),
  unmapped: z
    .enum(['drop', 'keep'])
    .default('drop')
    .describe('With a mapping: whether values that it doesn’t name count.'),
});

const relayClientSchema = z
  .strictObject({
    client_id: z.string().min(1).describe('Client id of the relay itself at the provider (confidential client).'),
    method: z
      .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth'])
      .default('client_secret_basic'),
    secrets: z
      .array(z.string().min(1))
      .max(2)
      .default([])
      .describe(
        '${env:NAME} or ${file:PATH}; while the secret is changed both stand here, and the first one goes first.',
      ),
    private_key: z.string().optional().describe('PEM file with the key for private_key_jwt.'),
    key_id: z.string().optional(),
    key_algorithm: z.enum(signatureAlgorithms).default('ES256'),
    assertion_audience: z.enum(['issuer', 'token_endpoint']).default('issuer'),
    certificate: z.string().optional().describe('PEM file with the client certificate for mTLS to the provider.'),
    certificate_key: z.string().optional().describe('PEM file with its private key.'),
  })
  .superRefine((client, context) => {
    const miss = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message, input: client });
    };
    if (client.method.startsWith('client_secret') && client.secrets.length === 0)
      miss('secrets', `must hold a secret for ${client.method}; write \${env:NAME} or \${file:PATH}`);
    for (const [index, secret] of client.secrets.entries())
      if (!/\$\{(?:env|file|credential):[^}]+\}/.test(secret))
        context.addIssue({
          code: 'custom',
          path: ['secrets', index],
          message: 'must not stand here in the clear; write ${env:NAME} or ${file:PATH}',
          input: secret,
        });
    if (client.method === 'private_key_jwt' && client.private_key === undefined)
      miss('private_key', 'is missing; private_key_jwt needs it');
    if (client.method === 'tls_client_auth' && client.certificate === undefined)
      miss('certificate', 'is missing; tls_client_auth needs it');
    if ((client.certificate === undefined) !== (client.certificate_key === undefined))
      miss('certificate', 'and certificate_key belong together: give both or neither');
  });

const introspectionSchema = z.strictObject({
  tokens: z
    .enum(['opaque', 'all'])
    .default('opaque')
    .describe('all: JWTs, too, are shown to the provider, so that a revoked one is noticed.'),
  style: z
    .enum(['rfc7662', 'tokeninfo'])
    .default('rfc7662')
    .describe('tokeninfo: as Google does it, with the person’s details from the userinfo endpoint.'),
  url: httpUrl.optional().describe('Default: introspection_endpoint of the provider’s metadata.'),
  cache_seconds: z.int().min(0).max(300).default(30).describe('How long an answer counts; never beyond the token.'),
  timeout_seconds: z.int().min(1).max(30).default(5),
});

const groupsLookupSchema = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\//, 'must begin with https:// or http://')
    .describe('Directory endpoint; {claim} is replaced by that claim of the token, encoded.'),
  when: z
    .enum(['overage', 'missing', 'always'])
    .default('missing')
    .describe('overage: the provider says that there are too many groups. missing: also when there are none.'),
  result: claimPath.default('value.id').describe('Path of the group names in the answer; lists are gone through.'),
  next: claimPath.optional().describe('Path of the next page’s address in the answer.'),
  authorization: z
    .enum(['client_credentials', 'bearer', 'none'])
    .default('client_credentials')
    .describe('client_credentials: a token for relay_client. bearer: the one under “bearer”.'),
  scope: z.string().optional().describe('Scope of the token for client_credentials.'),
  bearer: z.string().optional().describe('${env:NAME} or ${file:PATH}.'),
  cache_seconds: z.int().min(0).max(3600).default(300),
  timeout_seconds: z.int().min(1).max(30).default(5),
  max_pages: z.int().min(1).max(100).default(20),
});

/** What an issuer's settings say of the tokens that the app presents. */
interface PresentedTokens {
  readonly token_kind: 'access_token' | 'id_token';
  readonly client_id: string;
  readonly audience: string;
  readonly accepted_audiences: readonly string[];
  readonly audience_claim: string;
  readonly access_token_claim?: string | undefined;
  readonly dpop: string;
  readonly introspection?: unknown;
  readonly recheck_seconds: number;
  readonly resource?: string | undefined;
}

/** An ID token is for the app alone, can’t be bound, and nobody can be asked about it. */
function checkTokenKind(issuer: PresentedTokens, context: z.RefinementCtx): void {
  if (issuer.token_kind !== 'id_token') return;
  const problems: readonly (readonly [wrong: boolean, key: string, message: string])[] = [
    [issuer.audience !== issuer.client_id, 'audience', 'must be the client_id, because ID tokens are for the app'],
    [
      issuer.accepted_audiences.length > 0,
      'accepted_audiences',
      'must be left out, because ID tokens are for the app alone',
    ],
    [issuer.audience_claim !== 'aud', 'audience_claim', 'must be aud, because ID tokens name the app there'],
    [
      issuer.access_token_claim !== undefined,
      'access_token_claim',
      'must be left out, because the app presents ID tokens',
    ],
    [issuer.dpop !== 'off', 'dpop', 'must be off, because ID tokens can’t be bound to a key'],
    [issuer.introspection !== undefined, 'introspection', 'must be left out, because ID tokens can’t be introspected'],
    [issuer.recheck_seconds > 0, 'recheck_seconds', 'must be 0, because providers can’t be asked about ID tokens'],
    [issuer.resource !== undefined, 'resource', 'must be left out, because ID tokens are for the app'],
  ];
  for (const [wrong, key, message] of problems)
    if (wrong)
      context.addIssue({ code: 'custom', path: [key], message: `${message} (token_kind: id_token)`, input: issuer });
}

/** An issuer with all its settings, as the relay uses it; what a preset fills in is filled in. */
export const issuerSettingsSchema = z
  .strictObject({
    name: z.string().min(1).max(100),
    preset: z.enum(presetNames).default('generic').describe('Fills in what is particular to a provider.'),
    tenant: z.string().optional().describe('entra: the directory (tenant) id.'),
    domain: z.string().optional().describe('okta, auth0, zitadel, adfs, authelia: the provider’s host name alone.'),
    server: z.string().optional().describe('okta: id of the custom authorization server; default “default”.'),
    url: httpUrl.optional().describe('keycloak, authentik, gitlab, pingfederate: address of the server.'),
    realm: z.string().optional().describe('keycloak: name of the realm.'),
    application: z.string().optional().describe('authentik: slug of the application.'),
    user_pool: z.string().optional().describe('cognito: id of the user pool.'),
    project: z.string().optional().describe('zitadel: id of the project.'),
    hosted_domain: z.string().optional().describe('google: the Workspace domain whose people may come.'),
    issuer: httpUrl.describe('OpenID issuer identifier; compared exactly with discovery and with each token’s iss.'),
    metadata_url: httpUrl
      .optional()
      .describe('Where the relay reads the provider’s metadata; default: below issuer. The metadata must name issuer.'),
    jwks_uri: httpUrl
      .optional()
      .describe('Where the provider’s keys are; default: jwks_uri of its metadata, which is then read only if named.'),
    accepted_issuers: z.array(httpUrl).max(8).default([]).describe('Further values of iss with the same keys.'),
    client_id: z.string().min(1).describe('Client id of the Causeway app at this provider (public client).'),
    public_client_secret: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('For providers that give public clients a secret (Google). The relay tells it to everybody who asks.'),
    audience: z.string().min(1).describe('Value that each access token’s aud must hold.'),
    accepted_audiences: z.array(z.string().min(1)).max(8).default([]).describe('Further values of aud that will do.'),
    audience_claim: z
      .enum(['aud', 'client_id'])
      .default('aud')
      .describe(
        'client_id: for providers whose access tokens name no audience but the app (Cognito); they must say themselves that they are access tokens.',
      ),
    access_token_claim: claimPath
      .optional()
      .describe('A claim that all access tokens of this provider have, and none of its ID tokens.'),
    scopes: z.array(z.string().min(1)).default(['openid', 'profile', 'email', 'offline_access']),
    resource: z.string().optional().describe('Resource indicator that clients ask for (RFC 8707).'),
    algorithms: z.array(z.enum(signatureAlgorithms)).min(1).default(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']),
    token_kind: z
      .enum(['access_token', 'id_token'])
      .default('access_token')
      .describe('Which token the app presents. id_token: for providers without usable access tokens (Google).'),
    typ: z
      .enum(['strict', 'any'])
      .default('strict')
      .describe('strict: access tokens must have typ at+jwt (RFC 9068). any: for providers that send typ JWT or none.'),
    exclusive_audience: z.boolean().default(false).describe('Refuse tokens that name further audiences.'),
    identity_kind: z
      .enum(['auto', 'person', 'service'])
      .default('auto')
      .describe('Whose tokens this issuer gives out; auto judges each one. service: for workload identity.'),
    apis: z
      .array(z.string().min(1))
      .optional()
      .describe('The only APIs at which its tokens count; left out means all, an empty list none.'),
    required_claims: z
      .record(claimPath, z.union([z.literal('*'), z.array(z.union([z.string(), z.number(), z.boolean()])).min(1)]))
      .default({})
      .describe('Claims without which a token is refused: "*" for any value, or a list of values that will do.'),
    dpop: z.enum(['required', 'when-offered', 'off']).default('when-offered'),
    dpop_nonce: z.boolean().default(false).describe('Proofs must carry a nonce of the relay (RFC 9449 §9).'),
    clock_leeway_seconds: z.int().min(0).max(60).default(60),
    max_stale_keys_seconds: z
      .int()
      .min(0)
      .default(86_400)
      .describe('How long known keys stay in use while the provider doesn’t answer.'),
    redirect_ports: z.array(z.int().min(1024).max(65535)).default([]),
    ca: z.string().optional().describe('PEM file with certificate authorities for the provider’s TLS.'),
    proxy: proxySchema
      .default('environment')
      .describe(
        'environment: the proxy that HTTPS_PROXY names, except for NO_PROXY and for this computer. none. Or the address of one, for all of this issuer.',
      ),
    claims: claimsSchema.prefault({}),
    relay_client: relayClientSchema.optional().describe('How the relay itself authenticates to the provider.'),
    introspection: introspectionSchema.optional().describe('For opaque tokens (RFC 7662).'),
    groups_lookup: groupsLookupSchema.optional().describe('Where groups come from that aren’t in the token.'),
    sign_in: z
      .strictObject({
        lasts_hours: z
          .number()
          .gt(0)
          .max(8760)
          .optional()
          .describe('How long a sign-in lasts at the provider, whatever is renewed; left out means that nobody knows.'),
        warn_hours: z
          .number()
          .min(0)
          .max(720)
          .optional()
          .describe('How long before it ends people are told; default a day for three days or more, else a tenth.'),
      })
      .optional()
      .describe('When people have to sign in again, so that the app tells them with time to spare.'),
    recheck_seconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(0)
      .describe('How often the token of an open session is shown to the provider again; 0 is never.'),
  })
  .superRefine(checkTokenKind);

/** An issuer as people write it: a preset with what it needs, or every setting. */
export const issuerSchema = z.preprocess((given, context) => {
  const expanded = expandPreset(given);
  if (expanded.status === 'expanded') return expanded.settings;
  for (const { key, message } of expanded.problems)
    context.addIssue({ code: 'custom', path: [key], message, input: given });
  return z.NEVER;
}, issuerSettingsSchema);
