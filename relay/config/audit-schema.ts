import { z } from 'zod';
import { apiIdSchema } from '../../shared/catalog.ts';
import { sinkSchema } from './sink-schema.ts';
import { parseClaimPath } from './values/claim-path.ts';

const claimPath = z
  .string()
  .min(1)
  .max(256)
  .refine(
    (path) => path.includes('://') || parseClaimPath(path) !== undefined,
    'must be a claim’s name or steps joined by dots; a step that holds a dot stands in double quotes',
  );

/** The section `audit`: what is recorded beyond what always is, how long it stays, and where it goes. */
export const auditSchema = z.strictObject({
  durable: z
    .enum(['disk', 'database'])
    .default('disk')
    .describe(
      'What answers wait for. disk: the log in relay.data. database: PostgreSQL, for relays without a lasting disk; needs storage, relay.id and signing_key.',
    ),
  signing_key: z
    .string()
    .optional()
    .describe(
      'durable: database: PEM file with the Ed25519 private key that signs this relay’s log; closed to others.',
    ),
  keep_days: z
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .describe('Days (UTC) of records that stay, today among them; all when left out.'),
  keep_refused_days: z
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .describe(
      'Days (UTC) for which a refused sign-in says from where and as whom; as long as the record stays when left out.',
    ),
  erasable: z
    .boolean()
    .default(false)
    .describe('Whether people’s fields are stored under a key each, which “relay audit erase” throws away.'),
  reader_group: z
    .union([z.string().regex(/^[^\s:,]{1,64}$/, 'must be a group’s name or number'), z.int().min(0)])
    .transform(String)
    .optional()
    .describe('Group of the operating system whose members may read the audit in relay.data, and write nothing.'),
  record: z
    .strictObject({
      claims: z
        .array(claimPath)
        .max(32)
        .default([])
        .describe('Claims of the token that are recorded once for each session, by path.'),
      query: z
        .record(apiIdSchema, z.array(z.string().min(1).max(256)).max(32))
        .default({})
        .describe('By API id: query parameters whose values are recorded; what looks like a secret is redacted.'),
    })
    .prefault({}),
  sinks: z.array(sinkSchema).max(16).default([]).describe('Where the audit is sent to, besides.'),
});
