import { pathForms } from '../../shared/canonical-path.ts';
import { z } from 'zod';
import { apiIdSchema } from '../../shared/catalog.ts';
import { upgradeProtocols } from './values/upgrade-protocol.ts';
import { knownMethods } from './values/known-methods.ts';
import { auditSchema } from './audit-schema.ts';
import { anomaliesSchema } from './anomalies-schema.ts';
import { issuerSchema } from './issuer-schema.ts';
import { samlSchema } from './saml-schema.ts';
import { parseUpstreamAddress } from './upstream-address.ts';

const httpUrl = z.url({ protocol: /^https?$/ });
const name = z.string().min(1).max(100);
const groups = z.array(z.string().min(1).max(256));

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
      client_certificates: z
        .boolean()
        .default(false)
        .describe('Ask clients for a certificate, for tokens that are bound to one (RFC 8705).'),
    })
    .optional()
    .describe('Leave out only behind a TLS-terminating proxy or on loopback.'),
  trusted_proxies: z
    .strictObject({
      addresses: z.array(z.string().min(1)).min(1).max(256).describe('Addresses and ranges of the proxies in front.'),
      address_from: z
        .enum(['x-forwarded-for', 'forwarded', 'proxy-protocol'])
        .describe('How they name the caller: the one header that they set, or the PROXY protocol (1 and 2).'),
    })
    .optional()
    .describe('Proxies and load balancers whose word on the caller’s address counts; nobody’s when left out.'),
  data: z.string().default('data').describe('Folder for the audit database and the relay’s keys.'),
  minimum_client_version: z.string().optional().describe('Clients older than this are told to update.'),
  drain_seconds: z.int().min(0).max(3600).default(30).describe('How long open streams may finish after SIGTERM.'),
  workers: z
    .union([z.int().min(1).max(64), z.literal('auto')])
    .default(1)
    .describe('Processes that carry tunnels. auto: one for each processor but one, at least one.'),
});

const neverForwarded = new Set(['CONNECT', 'TRACE']);

const methodSchema = z
  .string()
  .regex(/^(?:\*|[A-Z][A-Z-]*)$/, 'must be an HTTP method in capitals, or "*"')
  .refine((method) => !neverForwarded.has(method), 'CONNECT and TRACE never pass the relay')
  .refine((method) => !/^[A-Z][A-Z-]*$/.test(method) || neverForwarded.has(method) || knownMethods.has(method), {
    error: ({ input }) => `is refused by the relay’s HTTP parser, which doesn’t know ${String(input)}. Remove it`,
  });

const headerNames = z
  .array(
    z
      .string()
      .regex(/^[!#$%&'+.^_`|~0-9A-Za-z-]+\*?$/, 'must be a header name, or the beginning of names with "*" behind it'),
  )
  .max(256)
  .default([]);

const xForwardedSchema = z.strictObject({
  proto: z
    .enum(['http', 'https', 'off'])
    .default('http')
    .describe('X-Forwarded-Proto. https: for servers that redirect to https otherwise.'),
  host: z.enum(['local', 'off']).default('local').describe('X-Forwarded-Host with the local address.'),
  for: z
    .enum(['tunnel', 'off'])
    .default('off')
    .describe('X-Forwarded-For with the address that the tunnel comes from.'),
});

const timeOfDay = z.string().regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day like "08:30"');

const timeWindowSchema = z.strictObject({
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .default(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])
    .describe('Days on which the window begins.'),
  from: timeOfDay.default('00:00').describe('Time of day when it begins.'),
  to: timeOfDay.default('24:00').describe('Time of day when it is over; earlier than "from" means on the next day.'),
  zone: z.string().min(1).default('UTC').describe('Time zone, for example "Europe/Berlin".'),
});

const deviceSchema = z
  .strictObject({
    system: z
      .array(z.string().min(1))
      .optional()
      .describe('Operating systems as the app reports them; "*" is any text.'),
    name: z.array(z.string().min(1)).optional().describe('Names of computers; "*" is any text.'),
    minimum_app_version: z
      .string()
      .regex(/^\d+(?:\.\d+){0,2}$/, 'must be a version like "1.4.0"')
      .optional()
      .describe('Oldest version of the app.'),
  })
  .refine(
    (device) => Object.keys(device).length > 0,
    'asks for nothing. Write system, name or minimum_app_version, or remove it',
  );

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
  kind: z.enum(['person', 'service']).optional().describe('Only people, or only services with a token of their own.'),
  claims: z
    .record(z.string().min(1), z.array(z.union([z.string(), z.number(), z.boolean()])).max(256))
    .optional()
    .describe('Claims of the token, by path: each must hold one of its values. An empty list means nobody.'),
  scopes: z.array(z.string().min(1)).optional().describe('Any one of these scopes. An empty list means nobody.'),
  times: z.array(timeWindowSchema).max(32).optional().describe('Any one of these windows. An empty list means never.'),
  networks: z
    .array(z.string().min(1))
    .max(256)
    .optional()
    .describe('Where the tunnel comes from: any one of these addresses or ranges. An empty list means nowhere.'),
  device: deviceSchema.optional().describe('What the app reports of the computer; it isn’t verified.'),
  max_auth_age: z
    .int()
    .min(1)
    .max(31_536_000)
    .optional()
    .describe('Allow rules only: the person must have signed in within so many seconds, else is asked to.'),
  acr: z
    .array(z.string().regex(/^[!#-[\]-~]+$/, 'must be one word without quotes'))
    .min(1)
    .optional()
    .describe('Allow rules only: the sign-in must be of one of these kinds (acr), best first, else is asked for.'),
});

const requestLimitSchema = z.strictObject({
  name: name.describe('Shown in answers and written to the audit; unique within its list.'),
  tiers: z.array(z.string().min(1)).min(1).optional().describe('Only for callers of these tiers; left out means all.'),
  per: z
    .enum(['user', 'all'])
    .default('user')
    .describe('user: each caller has a count of his own. all: everybody it is for shares one.'),
  requests: z.int().min(0).max(1_000_000_000).describe('How many requests one window takes.'),
  every: z
    .enum(['second', 'minute', 'hour', 'day', 'month'])
    .describe('The window; it begins with the clock’s second, minute, hour, day or month in UTC.'),
  on_failure: z
    .enum(['deny', 'allow'])
    .optional()
    .describe('What happens while the counters can’t be reached; needed with Redis, here or under “shared_state”.'),
});

const accessRequestsSchema = z.strictObject({
  roles: groups.min(1).describe('Groups that may be asked for; they then count for this API only.'),
  approvers: groups.min(1).describe('Any one of these groups may approve or refuse, but nobody his own request.'),
  max_hours: z.number().gt(0).max(8760).default(8).describe('Longest time that may be granted.'),
});

const upstreamForm =
  'must begin with https:// or http:// and name a host, or be "unix:/run/app.sock" with ":/base" behind it if any';

const apiSchema = z.strictObject({
  id: apiIdSchema,
  name: name,
  description: z.string().max(300).default(''),
  owner: z.string().max(200).optional().describe('Whom to ask: a name, mail address or link.'),
  upstream: z
    .string()
    .refine((address) => parseUpstreamAddress(address) !== undefined, upstreamForm)
    .describe('Origin of the internal API, or unix:/path/of.sock; a path is put before each request’s path.'),
  protocol: z
    .enum(['http1', 'http2'])
    .default('http1')
    .describe('How the upstream is spoken to; http2 for gRPC (cleartext with prior knowledge, or over TLS).'),
  upgrades: z
    .array(z.enum(upgradeProtocols))
    .default(['websocket'])
    .describe('Protocols that callers may switch to. SPDY/3.1: kubectl; tcp: Docker.'),
  port: z.int().min(1024).max(65535).optional().describe('Local port that the app suggests.'),
  example_path: z.string().startsWith('/').default('/').describe('A good first request, for snippets.'),
  when_locked: z
    .enum(['show', 'hide'])
    .default('show')
    .describe('Whether people without access see that the API exists and which groups unlock it.'),
  allowed_origins: z.array(httpUrl).default([]).describe('Web page origins that may call the local address.'),
  allow_navigation: z
    .boolean()
    .default(false)
    .describe('Let links on pages of other sites open the local address in the browser (GET, whole pages only).'),
  case_insensitive_paths: z.boolean().default(false).describe('Match path patterns regardless of case.'),
  allow_encoded_slash: z.boolean().default(false).describe('Let %2F through, as an ordinary character.'),
  paths: z
    .strictObject({
      allow: z
        .array(z.enum(pathForms))
        .default([])
        .describe('Spellings to let through that are refused otherwise; docs/policy.md says how rules read them.'),
    })
    .prefault({})
    .describe('What paths may hold.'),
  rewrite: z
    .strictObject({
      redirects: z.boolean().default(true).describe('Location and Content-Location that point at the upstream.'),
      request: z
        .boolean()
        .default(true)
        .describe('Origin, Referer, Destination and If of requests that name the local address.'),
      cookies: z.boolean().default(false).describe('Drop Domain and Secure from cookies.'),
      cors: z.boolean().default(false).describe('Access-Control-Allow-Origin that names the upstream’s own origin.'),
    })
    .prefault({})
    .describe('What of the answers is rewritten for the local address, and of requests for the upstream’s.'),
  max_body_bytes: z.int().min(0).optional().describe('Largest request body; none means no limit.'),
  client_certificate: z
    .strictObject({ cert: z.string(), key: z.string() })
    .optional()
    .describe('PEM files that the relay shows to the upstream (mTLS); the key must not be readable by others.'),
  timeout_seconds: z.int().min(1).default(300).describe('Longest wait for the first byte of an answer.'),
  ca: z.string().optional().describe('PEM file with certificate authorities for the upstream’s TLS.'),
  server_name: z
    .string()
    .max(253)
    .regex(
      /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/,
      'must be a host name without port',
    )
    .optional()
    .describe('Name to ask for in TLS (SNI) and to find in the certificate; left out means the host of "upstream".'),
  connection_auth: z
    .enum(['own', 'refuse'])
    .default('own')
    .describe('NTLM and Negotiate, which sign in to the connection. own: on a connection of the caller’s own.'),
  resolve_seconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(30)
    .describe(
      'Longest time until the upstream’s name is looked up again while connections are open; its TTL may be shorter.',
    ),
  max_answer_header_bytes: z.int().min(4096).max(1_048_576).default(65_536).describe('Largest head of an answer.'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe('Static headers for the upstream; ${env:NAME} and ${file:PATH} are filled in.'),
  drop_headers: headerNames.describe('Callers’ headers that don’t go upstream; "x-acme-*" is all that begin so.'),
  keep_headers: headerNames.describe('Callers’ headers that go upstream although they are dropped by default.'),
  host: z
    .string()
    .regex(
      /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/,
      'must be a host name, with port if any',
    )
    .optional()
    .describe('Host header for the upstream; left out means the host of its address.'),
  redirect: z
    .array(
      z.strictObject({
        from: httpUrl.describe('Address that the API calls its own.'),
        to: z.string().startsWith('/').default('/').describe('Path at the local address.'),
      }),
    )
    .max(32)
    .default([])
    .describe('Further addresses in Location and Content-Location that become the local address.'),
  x_forwarded: z
    .union([z.literal('off'), xForwardedSchema])
    .prefault({})
    .describe('X-Forwarded headers of the relay: off, or proto, host and for.'),
  max_header_bytes: z.int().min(256).optional().describe('Largest request head; only below the relay’s own limit.'),
  max_headers: z.int().min(1).optional().describe('Most request headers; only below the relay’s own limit.'),
  max_seconds: z.int().min(1).optional().describe('Longest time from request to end of answer; none means no limit.'),
  request_limits: z.array(requestLimitSchema).max(32).default([]).describe('How many requests callers may send.'),
  access_requests: accessRequestsSchema.optional().describe('Roles that people without access may ask for.'),
  rules: z.array(ruleSchema).default([]),
});

const tierSchema = z.strictObject({
  name: name,
  groups: groups.optional().describe('Any one of these groups; left out or "*" means everybody, an empty list nobody.'),
});

const sharedStateSchema = z.strictObject({
  store: z
    .enum(['memory', 'redis'])
    .default('memory')
    .describe(
      'memory: this relay stands alone. redis: relays count together and share revocations, grants and sign-ins.',
    ),
  url: z.string().optional().describe('redis:// or rediss:// address; ${env:NAME} and ${file:PATH} are filled in.'),
  prefix: z.string().min(1).max(100).default('causeway').describe('Put before each key in Redis.'),
  timeout_ms: z.int().min(10).max(10_000).default(250).describe('Longest wait for Redis before it counts as lost.'),
  on_failure: z.enum(['deny', 'allow']).optional().describe('For limits that don’t say it themselves.'),
  secret: z
    .string()
    .optional()
    .describe('Seals what relays share, the same for all of them; at least 32 characters. Needed with “saml”.'),
  grace_seconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(300)
    .describe('How long open tunnels go on while Redis can’t be reached; new sign-ins are refused at once.'),
});

/** The section `limits`. */
export const limitsSchema = z.strictObject({
  max_header_bytes: z.int().min(4096).max(1_048_576).default(32_768),
  max_headers: z.int().min(10).max(10_000).default(200),
  max_streams_per_tunnel: z.int().min(1).max(100_000).default(1024),
  max_requests: z
    .int()
    .min(2)
    .default(20_000)
    .describe('Requests under way in all tunnels; one tunnel alone gets at most half.'),
  max_requests_per_api: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Requests of one person under way at one API, each on a connection of its own; 2048 when left out, or max_streams_per_tunnel if that is more.',
    ),
  max_buffered_bytes: z
    .int()
    .min(1_048_576)
    .default(536_870_912)
    .describe('Bytes kept for all tunnels, unread or unacknowledged; one tunnel alone gets at most half.'),
  max_memory_bytes: z
    .int()
    .min(67_108_864)
    .optional()
    .describe('Memory of the process beyond which nothing new is taken; 80 % of what there is when left out.'),
  max_delay_ms: z
    .int()
    .min(50)
    .max(60_000)
    .default(1000)
    .describe('Lateness of the relay itself, again and again, beyond which requests are refused.'),
  max_tunnels: z.int().min(1).default(10_000),
  max_tunnels_per_user: z.int().min(1).default(20),
  max_unauthenticated_connections: z.int().min(1).default(200),
  max_handshakes_per_second: z
    .int()
    .min(1)
    .default(500)
    .describe('Tunnels that may be opened or taken up again each second; beyond that clients are asked to come later.'),
  stream_window_bytes: z.int().min(16_384).max(16_777_216).default(4_194_304),
  max_message_bytes: z.int().min(524_288).max(16_777_216).default(4_194_304),
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
  issuers: z.array(issuerSchema).describe('OpenID providers; may be empty only beside “saml”.'),
  apis: z.array(apiSchema).max(10_000),
  limits: limitsSchema.prefault({}),
  log: z.strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  disclose: z
    .enum(['full', 'minimal'])
    .default('full')
    .describe(
      'full: a denial names its rule and what would unlock it. minimal: only that it is one; the audit has all.',
    ),
  tiers: z.array(tierSchema).max(100).default([]).describe('Best first: a caller is in the first one that is for him.'),
  request_limits: z
    .array(requestLimitSchema)
    .max(32)
    .default([])
    .describe('How many requests callers may send to all APIs together.'),
  shared_state: sharedStateSchema
    .prefault({})
    .describe('Where requests are counted, and where relays keep what they share.'),
  storage: z
    .string()
    .min(1)
    .optional()
    .describe(
      'postgres:// address of what relays must never lose: sessions, locks, grants, revocations, configs, usage, audit; ${env:NAME} and ${file:PATH} are filled in. Left out means SQLite in relay.data.',
    ),
  access_requests: z
    .strictObject({
      roles: z
        .array(
          z.strictObject({
            role: z.string().min(1).max(256).describe('Group that may be asked for; it then counts for every API.'),
            approvers: groups.min(1),
            max_hours: z.number().gt(0).max(8760).default(8),
          }),
        )
        .max(1000)
        .default([]),
    })
    .prefault({})
    .describe('Roles that people may ask for at all APIs at once.'),
  audit: auditSchema.prefault({}).describe('What the audit holds, and where it is sent to.'),
  anomalies: anomaliesSchema
    .prefault({})
    .describe('What of the audit is out of the ordinary: each rule with its thresholds, or off.'),
  saml: samlSchema.optional().describe('Sign-in at an identity provider that speaks only SAML 2.0.'),
});

export type Config = z.infer<typeof configSchema>;
export type RelayConfig = Config['relay'];
export type IssuerConfig = Config['issuers'][number];
export type ApiConfig = Config['apis'][number];
export type RuleConfig = ApiConfig['rules'][number];
export type LimitsConfig = Config['limits'];
export type TimeWindowConfig = NonNullable<RuleConfig['times']>[number];
export type RequestLimitConfig = ApiConfig['request_limits'][number];
export type TierConfig = Config['tiers'][number];
export type SharedStateConfig = Config['shared_state'];
