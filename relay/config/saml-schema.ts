import { z } from 'zod';

const names = z.array(z.string().min(1).max(512)).min(1).max(32);

/** Attribute names that the common identity providers use, best known first. */
const commonAttributes = {
  username: [
    'urn:oid:0.9.2342.19200300.100.1.1',
    'uid',
    'username',
    'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
    'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  ],
  name: [
    'urn:oid:2.16.840.1.113730.3.1.241',
    'displayName',
    'name',
    'http://schemas.microsoft.com/identity/claims/displayname',
  ],
  email: [
    'urn:oid:0.9.2342.19200300.100.1.3',
    'email',
    'mail',
    'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
  ],
  groups: [
    'groups',
    'memberOf',
    'urn:oid:1.3.6.1.4.1.5923.1.5.1.1',
    'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
    'http://schemas.xmlsoap.org/claims/Group',
  ],
};

const keyPair = z.strictObject({
  key: z.string().min(1).describe('PEM file with an RSA private key; must not be readable by others.'),
  cert: z.string().min(1).describe('PEM file with its certificate; self-signed is fine.'),
});

/** The relay’s bridge to an identity provider that speaks only SAML 2.0. */
export const samlSchema = z.strictObject({
  name: z.string().min(1).max(100).describe('Name on the sign-in button and in the audit.'),
  apis: z
    .array(z.string().min(1))
    .optional()
    .describe('The only APIs at which its sign-ins count; left out means all, an empty list none.'),
  idp: z
    .strictObject({
      metadata: z
        .string()
        .min(1)
        .describe('The provider’s metadata: a file, or an https:// address that is read again.'),
      entity_id: z.string().min(1).optional().describe('Which one, when the metadata describes several providers.'),
    })
    .describe('The SAML identity provider.'),
  entity_id: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('Name of this relay at the provider; its metadata address.'),
  signing: keyPair.describe('Signs sign-in and sign-out requests.'),
  encryption: keyPair.optional().describe('Lets the provider encrypt assertions for this relay.'),
  require_signed_responses: z
    .boolean()
    .default(false)
    .describe('Refuse answers that aren’t signed as a whole. Assertions must be signed in any case.'),
  require_encrypted_assertions: z.boolean().default(false).describe('Refuse assertions that aren’t encrypted.'),
  subject_attribute: z
    .string()
    .min(1)
    .optional()
    .describe('Attribute that identifies a person for ever; the NameID by default.'),
  attributes: z
    .strictObject({
      username: names.default(commonAttributes.username),
      name: names.default(commonAttributes.name),
      email: names.default(commonAttributes.email),
      groups: names.default(commonAttributes.groups),
    })
    .prefault({})
    .describe('Names of the attributes to read, first found wins.'),
  claims: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a claim name like “cost_center”'), z.string().min(1))
    .default({})
    .describe('Further claims for rules: claim name and the attribute that it comes from.'),
  required: z
    .array(z.string().min(1))
    .default([])
    .describe('Claims without which nobody is let in: username, name, email, groups or one of “claims”.'),
  authn_context: z
    .array(z.string().min(1))
    .default([])
    .describe('Authentication context classes to ask for; none leaves it to the provider.'),
  clock_leeway_seconds: z.int().min(0).max(60).default(60),
  access_token_seconds: z.int().min(60).max(3600).default(600),
  session_seconds: z
    .int()
    .min(60)
    .max(2_592_000)
    .default(28_800)
    .describe('How long a browser that signed in isn’t sent to the provider again.'),
  refresh_seconds: z
    .int()
    .min(60)
    .max(2_592_000)
    .default(43_200)
    .describe('Longest time from a sign-in to the next one.'),
  single_logout: z.boolean().default(true).describe('Sign out at the provider, too, when it offers that.'),
});

export type SamlConfig = z.infer<typeof samlSchema>;
