import { valid } from 'semver';
import { z } from 'zod';

const version = z
  .string()
  .max(50)
  .refine((text) => valid(text) !== null, 'must be a version like "1.4.0"');

/** The section `client_policy`. */
export const clientPolicySchema = z.strictObject({
  minimum_version: version.optional().describe('Apps and CLIs older than this get no tunnel and no sign-in.'),
  recommended_version: version.optional().describe('Older ones are asked to update, and go on meanwhile.'),
  how_to_update: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe('What people read who have to update: where they get it.'),
});
