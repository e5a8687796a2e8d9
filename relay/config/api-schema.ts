import { z } from 'zod';
import { pathForms } from '../../shared/canonical-path.ts';
import { apiIdSchema } from '../../shared/catalog.ts';
import { lookKeys } from './look-schema.ts';
import { requestLimitSchema } from './request-limit-schema.ts';
import { ruleSchema } from './rule-schema.ts';
import { groups, httpUrl, name } from './schema-parts.ts';
import { parseUpstreamAddress } from './upstream-address.ts';
import { upgradeProtocols } from './values/upgrade-protocol.ts';

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

const accessRequestsSchema = z.strictObject({
  roles: groups.min(1).describe('Groups that may be asked for; they then count for this API only.'),
  approvers: groups.min(1).describe('Any one of these groups may approve or refuse, but nobody his own request.'),
  max_hours: z.number().gt(0).max(8760).default(8).describe('Longest time that may be granted.'),
});

const upstreamForm =
  'must begin with https:// or http:// and name a host, or be "unix:/run/app.sock" with ":/base" behind it if any';

/** An internal API, and who may use it. */
export const apiSchema = z.strictObject({
  id: apiIdSchema,
  name: name,
  description: z.string().max(300).default(''),
  owner: z.string().max(200).optional().describe('Whom to ask: a name, mail address or link.'),
  ...lookKeys,
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
