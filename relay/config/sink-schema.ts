import { z } from 'zod';
import { apiIdSchema } from '../../shared/catalog.ts';

/** Types of records; a test compares them with those that the audit has. */
export const recordTypes = [
  'decision',
  'outcome',
  'authentication-refused',
  'session',
  'access',
  'administrator',
  'lock',
  'anomaly',
  'relay',
] as const;

/** Under it, the place up to which the audit is in `storage` is kept; no sink may have it. */
export const storageSinkName = 'storage';

/** A sink of the audit; keys that only some kinds have are checked beside the schema. */
export const sinkSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be of small letters, digits and “-”')
    .describe('Unique; the place up to which records were sent is kept under it.'),
  kind: z.enum(['file', 'webhook', 'syslog']).describe('file, HTTPS webhook, or syslog over TLS.'),
  path: z.string().min(1).optional().describe('file: where to, relative to this file.'),
  rotate_bytes: z
    .int()
    .min(65_536)
    .optional()
    .describe('file: size from which on a new one is begun; 104857600 when left out.'),
  rotate_hours: z.int().min(1).max(8760).optional().describe('file: age from which on a new one is begun.'),
  keep: z.int().min(1).max(1000).optional().describe('file: how many rotated files stay; 10 when left out.'),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('webhook: address; https:// except on loopback.'),
  secrets: z
    .array(z.string().min(1))
    .max(2)
    .optional()
    .describe('webhook: ${env:NAME} or ${file:PATH} with “whsec_…”; while it is changed both stand here.'),
  address: z
    .string()
    .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/[\]@?#]+):[0-9]{1,5}$/, 'must be host:port, for example siem.example:6514')
    .optional()
    .describe('syslog: host and port of the receiver; TLS always.'),
  facility: z.int().min(0).max(23).optional().describe('syslog: facility; 13 (log audit) when left out.'),
  enterprise_number: z
    .int()
    .min(1)
    .optional()
    .describe('syslog: your private enterprise number, for the structured data’s name; 32473 when left out.'),
  max_message_bytes: z
    .int()
    .min(2048)
    .max(1_048_576)
    .optional()
    .describe('syslog: what the receiver takes; 8192 when left out. Longer records are shortened.'),
  ca: z.string().optional().describe('webhook, syslog: PEM file with certificate authorities for the receiver’s TLS.'),
  client_certificate: z
    .strictObject({ cert: z.string(), key: z.string() })
    .optional()
    .describe('webhook, syslog: PEM files that the relay shows to the receiver (mTLS).'),
  types: z.array(z.enum(recordTypes)).min(1).optional().describe('Only records of these types.'),
  effects: z
    .array(z.enum(['allow', 'deny']))
    .min(1)
    .optional()
    .describe('Only decisions with these effects, and their outcomes; other records go.'),
  apis: z
    .array(apiIdSchema)
    .min(1)
    .optional()
    .describe('Only what is about these APIs; records that are about none go.'),
  start_at: z
    .enum(['beginning', 'now'])
    .default('beginning')
    .describe('Where a sink that is new begins: with the oldest record, or with the next.'),
  batch_records: z.int().min(1).max(10_000).default(1000).describe('Most records that go at once, and at most 1 MB.'),
  gather_ms: z.int().min(0).max(60_000).default(1000).describe('How long records gather before they go.'),
  timeout_seconds: z.int().min(1).max(300).default(30).describe('Longest wait for the receiver.'),
  lag_warn_seconds: z
    .int()
    .min(1)
    .max(31_536_000)
    .default(300)
    .describe('Age of the oldest waiting record from which on the log warns.'),
});

export type SinkConfig = z.infer<typeof sinkSchema>;
