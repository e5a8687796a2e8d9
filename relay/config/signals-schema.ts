import { z } from 'zod';
import { signatureAlgorithms } from './issuer-schema.ts';
import { httpUrl } from './schema-parts.ts';

/** What is done when a provider tells of something. */
const actionNames = ['revoke', 'lock', 'none'] as const;
export type SignalAction = (typeof actionNames)[number];

const action = (standard: SignalAction, what: string) =>
  z
    .enum(actionNames)
    .default(standard)
    .describe(`${what}: revoke ends all sign-ins from before, lock shuts the person out besides, none only counts it.`);

const secret = z.string().min(1).describe('${env:NAME} or ${file:PATH}.');

/** One provider that sends security events (OpenID Shared Signals Framework 1.0). */
const transmitterSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be of small letters, digits and “-”')
    .describe('Unique; it stands in the address that events are pushed to, and in the audit.'),
  transmitter: httpUrl.describe('Who signs the events: exactly the iss of the tokens.'),
  audience: z.string().min(1).max(500).optional().describe('Value that aud must hold; relay.url when left out.'),
  provider: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Name of the issuer whose people it tells of; the only one when left out.'),
  jwks_uri: httpUrl.optional().describe('Where its keys are; by its ssf-configuration when left out.'),
  ca: z.string().optional().describe('PEM file with certificate authorities for the transmitter’s TLS.'),
  proxy: z.string().min(1).default('environment').describe('environment, none, or the address of a proxy.'),
  algorithms: z
    .array(z.enum(signatureAlgorithms))
    .min(1)
    .default(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])
    .describe('Signature algorithms that are accepted.'),
  max_age_seconds: z
    .int()
    .min(60)
    .max(604_800)
    .default(86_400)
    .describe('Oldest events that count; for so long each is remembered.'),
  subjects: z
    .strictObject({
      email: z.enum(['username', 'none']).default('username').describe('Whether mail addresses are user names.'),
      opaque: z
        .enum(['subject', 'none'])
        .default('subject')
        .describe('Whether opaque ids are subjects of the provider.'),
    })
    .prefault({})
    .describe('Whom subjects that aren’t of an issuer mean.'),
  events: z
    .strictObject({
      session_revoked: action('revoke', 'A session was ended (CAEP)'),
      credential_change: action('revoke', 'A password or key was changed, deleted or revoked (CAEP)'),
      account_disabled: action('lock', 'An account was disabled (RISC)'),
      account_purged: action('lock', 'An account was deleted (RISC)'),
      account_enabled: z
        .enum(['unlock', 'none'])
        .default('unlock')
        .describe('An account was enabled again (RISC): unlock takes away the locks that this transmitter made.'),
    })
    .prefault({}),
  lock_hours: z
    .number()
    .gt(0)
    .max(8760)
    .optional()
    .describe('How long a lock lasts; until it is taken away when left out.'),
  push: z
    .strictObject({
      bearer: z
        .array(secret)
        .min(1)
        .max(2)
        .optional()
        .describe('Secrets of which the transmitter sends one (Authorization: Bearer).'),
      certificates: z
        .array(z.string().regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of a certificate in small hexadecimal digits'))
        .min(1)
        .max(8)
        .optional()
        .describe(
          'SHA-256 of the certificates of which the transmitter shows one; needs relay.tls.client_certificates.',
        ),
    })
    .optional()
    .describe('Events are pushed to /v1/signals/NAME (RFC 8935).'),
  poll: z
    .strictObject({
      url: httpUrl.describe('Where events are fetched from (RFC 8936).'),
      bearer: secret.optional(),
      timeout_seconds: z
        .int()
        .min(5)
        .max(300)
        .default(90)
        .describe('Longest wait for an answer; the transmitter may hold it back.'),
    })
    .optional()
    .describe('Events are fetched.'),
});

/** The section `signals`. */
export const signalsSchema = z.array(transmitterSchema).max(20);

export type TransmitterConfig = z.infer<typeof transmitterSchema>;
