import { z } from 'zod';

/** The section `shared_state`. */
export const sharedStateSchema = z.strictObject({
  store: z
    .enum(['memory', 'redis'])
    .default('memory')
    .describe(
      'memory: this relay stands alone. redis: relays count together and share revocations, grants and sign-ins.',
    ),
  url: z
    .string()
    .optional()
    .describe(
      'redis:// or rediss:// address; ${env:NAME} and ${file:PATH} are filled in. With ?password_file=PATH the password is read whenever the relay connects.',
    ),
  prefix: z.string().min(1).max(100).default('causeway').describe('Put before each key in Redis.'),
  timeout_ms: z.int().min(10).max(10_000).default(250).describe('Longest wait for Redis before it counts as lost.'),
  on_failure: z.enum(['deny', 'allow']).optional().describe('For limits that don’t say it themselves.'),
  secret: z
    .string()
    .optional()
    .describe(
      '${env:NAME} or ${file:PATH}; seals what relays share, the same for all of them; at least 32 characters. Needed with “saml”.',
    ),
  other_secret: z
    .string()
    .optional()
    .describe(
      '${env:NAME} or ${file:PATH}; while “secret” is changed, relay after relay: opens what others seal with it. The one before, or the next one.',
    ),
  grace_seconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(300)
    .describe(
      'How long open tunnels go on while Redis, or the storage, can’t be reached; new sign-ins are refused at once.',
    ),
});
