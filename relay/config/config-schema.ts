import { z } from 'zod';
import { adminSchema } from './admin-schema.ts';
import { anomaliesSchema } from './anomalies-schema.ts';
import { apiSchema } from './api-schema.ts';
import { auditSchema } from './audit-schema.ts';
import { breakGlassSchema } from './break-glass-schema.ts';
import { clientPolicySchema } from './client-policy-schema.ts';
import { issuerSchema } from './issuer-schema.ts';
import { limitsSchema } from './limits-schema.ts';
import { lookKeys } from './look-schema.ts';
import { requestLimitSchema, tierSchema } from './request-limit-schema.ts';
import { notifySchema } from './notify-schema.ts';
import { samlSchema } from './saml-schema.ts';
import { groups, httpUrl, name } from './schema-parts.ts';
import { signalsSchema } from './signals-schema.ts';
import { sharedStateSchema } from './shared-state-schema.ts';
import { trustedProxiesSchema } from './trusted-proxies-schema.ts';

const relaySchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be of small letters, digits and “-”')
    .optional()
    .describe('Names this relay among those that share a storage; a random one in relay.data when left out.'),
  name: name.describe('Name that people see, usually the company.'),
  ...lookKeys,
  url: httpUrl.describe('Public address of this relay, as clients reach it.'),
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
      port: z.int().min(0).max(65535).default(443).describe('Port to listen on; 0 picks a free one.'),
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
  trusted_proxies: trustedProxiesSchema
    .optional()
    .describe('Proxies and load balancers whose word on the caller’s address counts; nobody’s when left out.'),
  data: z.string().default('data').describe('Folder for the audit database and the relay’s keys.'),
  minimum_client_version: z
    .string()
    .optional()
    .describe('The former place of client_policy.minimum_version, which is to be used instead.'),
  drain_seconds: z.int().min(0).max(3600).default(30).describe('How long open streams may finish after SIGTERM.'),
  workers: z
    .union([z.int().min(1).max(64), z.literal('auto')])
    .default(1)
    .describe('Processes that carry tunnels. auto: one for each processor but one, at least one.'),
});

/** The relay's whole configuration file. Keys are written as in the YAML, in snake_case. */
export const configSchema = z.strictObject({
  relay: relaySchema,
  issuers: z.array(issuerSchema).describe('OpenID providers; may be empty only beside “saml”.'),
  apis: z.array(apiSchema).max(10_000),
  limits: limitsSchema.prefault({}),
  log: z.strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  client_policy: clientPolicySchema
    .prefault({})
    .describe('Which versions of the app and the CLI the relay works with.'),
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
  admin: adminSchema.optional().describe('The operators’ port; only the socket in relay.data when left out.'),
  notify: notifySchema.optional().describe('Who is told of requests for access; nobody when left out.'),
  break_glass: breakGlassSchema
    .optional()
    .describe('Accounts of the relay’s own, for when the provider is down; none when left out.'),
  signals: signalsSchema
    .default([])
    .describe('Providers that tell of ended sessions and changed accounts (OpenID Shared Signals).'),
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
