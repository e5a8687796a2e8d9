import { z } from 'zod';
import { apiIdSchema } from '../../shared/catalog.ts';

const httpUrl = z.url({ protocol: /^https?$/ });
const name = z.string().min(1).max(100);
const groups = z.array(z.string().min(1).max(256));

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

const relaySchema = z.strictObject({
  name: name.describe('Name that people see, usually the company.'),
  url: httpUrl.describe('Public address of this relay, as clients reach it.'),
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
      port: z.int().min(0).max(65535).default(8443).describe('Port to listen on; 0 picks a free one.'),
    })
    .prefault({}),
  tls: z
    .strictObject({
      cert: z.string().describe('PEM file with the certificate chain, relative to this file.'),
      key: z.string().describe('PEM file with the private key; must not be readable by others.'),
    })
    .optional()
    .describe('Leave out only behind a TLS-terminating proxy or on loopback.'),
  data: z.string().default('data').describe('Folder for the audit database and the relay’s keys.'),
  minimum_client_version: z.string().optional().describe('Clients older than this are told to update.'),
  drain_seconds: z.int().min(0).max(3600).default(30).describe('How long open streams may finish after SIGTERM.'),
});

const issuerSchema = z.strictObject({
  name: name,
  issuer: httpUrl.describe('OpenID issuer identifier; compared exactly with discovery and with each token’s iss.'),
  client_id: z.string().min(1).describe('Client id of the Causeway app at this provider (public client).'),
  audience: z.string().min(1).describe('Value that each access token’s aud must hold.'),
  scopes: z.array(z.string().min(1)).default(['openid', 'profile', 'email', 'offline_access']),
  resource: z.string().optional().describe('Resource indicator that clients ask for (RFC 8707).'),
  algorithms: z.array(z.enum(signatureAlgorithms)).min(1).default(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']),
  typ: z
    .enum(['strict', 'any'])
    .default('strict')
    .describe('strict: access tokens must have typ at+jwt (RFC 9068). any: for providers that send typ JWT or none.'),
  exclusive_audience: z.boolean().default(false).describe('Refuse tokens that name further audiences.'),
  dpop: z.enum(['required', 'when-offered', 'off']).default('when-offered'),
  clock_leeway_seconds: z.int().min(0).max(60).default(60),
  max_stale_keys_seconds: z
    .int()
    .min(0)
    .default(86_400)
    .describe('How long known keys stay in use while the provider doesn’t answer.'),
  redirect_ports: z.array(z.int().min(1024).max(65535)).default([]),
  ca: z.string().optional().describe('PEM file with certificate authorities for the provider’s TLS.'),
  claims: z
    .strictObject({
      username: z.array(z.string()).default(['preferred_username', 'email', 'upn', 'sub']),
      name: z.string().default('name'),
      email: z.string().default('email'),
      groups: z.string().default('groups').describe('Claim that holds the groups, a list or one string.'),
    })
    .prefault({}),
});

const methodSchema = z
  .string()
  .regex(/^(?:\*|[A-Z][A-Z-]*)$/, 'must be an HTTP method in capitals, or "*"')
  .refine((method) => method !== 'CONNECT' && method !== 'TRACE', 'CONNECT and TRACE never pass the relay');

const ruleSchema = z.strictObject({
  name: name.describe('Shown to people and written to the audit; unique within the API.'),
  effect: z.enum(['allow', 'deny']).default('allow').describe('deny wins over every allow.'),
  groups: groups
    .optional()
    .describe('Any one of these groups. Left out or "*" means everybody signed in; an empty list means nobody.'),
  methods: z.array(methodSchema).min(1).default(['*']).describe('GET includes HEAD.'),
  paths: z
    .array(z.string().min(1).max(1024).startsWith('/'))
    .min(1)
    .default(['/**'])
    .describe('"*" is one segment or part of one, "**" any number of segments, also none.'),
  description: z.string().max(300).optional().describe('Words for the app instead of the generated ones.'),
});

const apiSchema = z.strictObject({
  id: apiIdSchema,
  name: name,
  description: z.string().max(300).default(''),
  owner: z.string().max(200).optional().describe('Whom to ask: a name, mail address or link.'),
  upstream: httpUrl.describe('Origin of the internal API; a path is put before each request’s path.'),
  protocol: z
    .enum(['http1', 'http2'])
    .default('http1')
    .describe('How the upstream is spoken to; http2 for gRPC (cleartext with prior knowledge, or over TLS).'),
  port: z.int().min(1024).max(65535).optional().describe('Local port that the app suggests.'),
  example_path: z.string().startsWith('/').default('/').describe('A good first request, for snippets.'),
  when_locked: z
    .enum(['show', 'hide'])
    .default('show')
    .describe('Whether people without access see that the API exists and which groups unlock it.'),
  allowed_origins: z.array(httpUrl).default([]).describe('Web page origins that may call the local address.'),
  case_insensitive_paths: z.boolean().default(false).describe('Match path patterns regardless of case.'),
  allow_encoded_slash: z.boolean().default(false).describe('Let %2F through, as an ordinary character.'),
  rewrite: z
    .strictObject({
      redirects: z.boolean().default(true).describe('Location and Content-Location that point at the upstream.'),
      cookies: z.boolean().default(false).describe('Drop Domain and Secure from cookies.'),
      cors: z.boolean().default(false).describe('Access-Control-Allow-Origin that names the upstream’s own origin.'),
    })
    .prefault({})
    .describe('What of the answers is rewritten for the local address.'),
  max_body_bytes: z.int().min(0).optional().describe('Largest request body; none means no limit.'),
  timeout_seconds: z.int().min(1).default(300).describe('Longest wait for the first byte of an answer.'),
  ca: z.string().optional().describe('PEM file with certificate authorities for the upstream’s TLS.'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe('Static headers for the upstream; ${env:NAME} and ${file:PATH} are filled in.'),
  rules: z.array(ruleSchema).default([]),
});

const limitsSchema = z.strictObject({
  max_header_bytes: z.int().min(4096).max(1_048_576).default(32_768),
  max_headers: z.int().min(10).max(10_000).default(200),
  max_streams_per_tunnel: z.int().min(1).max(100_000).default(1024),
  max_tunnels: z.int().min(1).default(10_000),
  max_tunnels_per_user: z.int().min(1).default(20),
  max_unauthenticated_connections: z.int().min(1).default(200),
  stream_window_bytes: z.int().min(16_384).max(16_777_216).default(1_048_576),
  max_message_bytes: z.int().min(65_536).max(16_777_216).default(4_194_304),
  max_token_bytes: z.int().min(1024).max(65_536).default(16_384),
  ping_seconds: z.int().min(1).max(300).default(15),
  hello_timeout_seconds: z.int().min(1).max(60).default(10),
  resume_grace_seconds: z
    .int()
    .min(0)
    .max(3600)
    .default(60)
    .describe('How long a tunnel that lost its link waits for its client; 0 ends it at once.'),
  header_timeout_seconds: z.int().min(1).max(300).default(30),
});

/** The relay's whole configuration file. Keys are written as in the YAML, in snake_case. */
export const configSchema = z.strictObject({
  relay: relaySchema,
  issuers: z.array(issuerSchema).min(1),
  apis: z.array(apiSchema).max(10_000),
  limits: limitsSchema.prefault({}),
  log: z.strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type RelayConfig = Config['relay'];
export type IssuerConfig = Config['issuers'][number];
export type ApiConfig = Config['apis'][number];
export type RuleConfig = ApiConfig['rules'][number];
export type LimitsConfig = Config['limits'];
