import { z } from 'zod';

const clientSchema = z.strictObject({
  issuer: z.string().min(1).max(100).describe('Name of one of the issuers of this file, of “saml”, or Break-glass.'),
  client_id: z.string().min(1).describe('Client id of the console at this provider.'),
  secrets: z
    .array(z.string().min(1))
    .max(2)
    .default([])
    .describe(
      '${env:NAME} or ${file:PATH} of a confidential client; while the secret is changed both stand here, and the first one goes first.',
    ),
  method: z
    .enum(['client_secret_basic', 'client_secret_post'])
    .default('client_secret_basic')
    .describe('How the secret is shown to the provider.'),
  scopes: z.array(z.string().min(1)).optional().describe('What is asked for; as the issuer says when left out.'),
  resource: z
    .string()
    .optional()
    .describe('Resource indicator (RFC 8707) that is asked for; as the issuer says when left out.'),
});

/** The section `admin.console`: how operators sign in at the console in their browser. */
export const consoleSchema = z.strictObject({
  sign_in: z.array(clientSchema).min(1).max(8).describe('Where operators sign in, in the order of the choice.'),
  session_seconds: z
    .int()
    .min(60)
    .max(604_800)
    .default(28_800)
    .describe('After how long operators sign in again, however much they do.'),
  idle_seconds: z
    .int()
    .min(60)
    .max(86_400)
    .default(1800)
    .describe('After how long without an act of theirs operators sign in again.'),
});

export type ConsoleConfig = z.infer<typeof consoleSchema>;
/** The console’s client at one provider. */
export type ConsoleClient = ConsoleConfig['sign_in'][number];
