import { z } from 'zod';
import { groups, name } from './schema-parts.ts';

const accountSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, 'must be of small letters, digits, “.”, “_” and “-”')
    .describe('User name of the account; one person’s alone.'),
  full_name: name.optional().describe('The person’s name; the account’s when left out.'),
  person: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe(
      'The person’s user name or subject at the provider; with two_persons they make no links for other accounts.',
    ),
  groups: groups.min(1).describe('Groups of the account, for rules and admin.roles; “break-glass” is added.'),
  sign_in: z
    .enum(['passkey', 'passphrase'])
    .default('passkey')
    .describe('passkey: a passkey or hardware key. passphrase: a passphrase and a one-time code (TOTP).'),
});

const lockoutSchema = z.strictObject({
  account_failures: z.int().min(2).max(20).default(5).describe('Wrong answers for one account before it has to wait.'),
  address_failures: z.int().min(2).max(1000).default(10).describe('Wrong answers from one address before it has to.'),
  first_seconds: z.int().min(1).max(3600).default(30).describe('The first wait; each further failure doubles it.'),
  longest_minutes: z.int().min(1).max(1440).default(60).describe('The longest wait.'),
});

/** The section `break_glass`. */
export const breakGlassSchema = z.strictObject({
  accounts: z.array(accountSchema).min(1).max(50),
  session_minutes: z.int().min(1).max(240).default(30).describe('How long a sign-in lasts; it can’t be renewed.'),
  two_persons: z.boolean().default(false).describe('Another account’s person has to approve each sign-in.'),
  approve_minutes: z.int().min(1).max(30).default(5).describe('How long the second person has for it.'),
  networks: z
    .array(z.string().min(1))
    .min(1)
    .max(256)
    .optional()
    .describe('Addresses and ranges that its pages answer to; everybody’s when left out.'),
  apis: z
    .array(z.string().min(1))
    .optional()
    .describe('The only APIs at which its sign-ins count; left out means all, an empty list none.'),
  invitation_hours: z.int().min(1).max(168).default(24).describe('How long a link for enrolment can be used.'),
  passphrase_min_length: z.int().min(12).max(128).default(16).describe('Characters of a passphrase.'),
  lockout: lockoutSchema.prefault({}).describe('Waits after wrong answers.'),
});

export type BreakGlassConfig = z.infer<typeof breakGlassSchema>;
export type BreakGlassAccount = BreakGlassConfig['accounts'][number];
