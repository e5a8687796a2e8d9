import { z } from 'zod';
import { lookSchema } from './look-schema.ts';
import { stepUpSchema } from './step-up.ts';

/** API id: a DNS label, because it is also the name in `http://<api>.localhost`. */
export const apiIdSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label: a–z, 0–9 and “-”, at most 63 characters');

/** What a rule is about, so that an app can say it in another language than the relay. */
export const ruleSubjectSchema = z.object({
  /** `read`, `write`, `create`, `post`, `change`, `delete`, `listen`, or the name of another method. */
  verbs: z.array(z.string()),
  places: z.array(z.object({ kind: z.enum(['everything', 'under', 'at', 'like']), path: z.string() })),
});
export type RuleSubject = z.infer<typeof ruleSubjectSchema>;

/** One line of what a person may or may not do with an API, in words, from the policy's rules. */
export const permissionSchema = z.object({
  effect: z.enum(['allow', 'deny']),
  /** For example “Read and write everything under /v1/orders”. */
  text: z.string(),
  /** The same in parts; left out where IT wrote the text, where more belongs to it, and by older relays. */
  about: ruleSubjectSchema.optional().catch(undefined).meta({ type: 'object' }),
  /** The rule it comes from. */
  rule: z.string(),
  /** For `deny`: groups of which any one would lift it; empty when none would. */
  unlockedBy: z.array(z.string()),
  /** For `allow`: the sign-in that it asks for, when that may not be the present one. */
  stepUp: stepUpSchema.optional(),
});
export type Permission = z.infer<typeof permissionSchema>;

/** What is left of one limit on requests, for this person. */
export const quotaSchema = z.object({
  /** The limit's name, as in answers and in the audit. */
  name: z.string(),
  /** Requests allowed in one window. */
  limit: z.int().min(0),
  left: z.int().min(0),
  /** When the window ends and the count starts anew, milliseconds since the epoch. */
  resetsAtMs: z.number(),
  windowSeconds: z.int().min(1),
});
export type Quota = z.infer<typeof quotaSchema>;

/** What an administrator has locked, in front of all rules; nobody of those whom it is on gets through. */
export const shownLockSchema = z.object({
  /** Whom or what it is on. */
  on: z.enum(['everything', 'api', 'group', 'person', 'device', 'session']),
  /** With `device`: not this device is locked but the network that it is in. */
  network: z.literal(true).optional(),
  /** For `group`: which of the person's; left out when that isn't told. */
  group: z.string().optional(),
  /** Left out when it isn't told. */
  reason: z.string().optional(),
  /** When it ends by itself, milliseconds since the epoch; null when it doesn't. */
  untilMs: z.number().nullable(),
});
export type ShownLock = z.infer<typeof shownLockSchema>;

/** A role that people may ask for, and for how long at most. */
const requestableSchema = z.object({ role: z.string(), maxHours: z.number() });

export const catalogEntrySchema = z.object({
  id: apiIdSchema,
  name: z.string(),
  description: z.string(),
  /** Picture, colour and environment; left out when the relay's config names none. */
  look: lookSchema.optional(),
  /** `open`: at least one rule allows something. `locked`: listed, but nothing is allowed. */
  access: z.enum(['open', 'locked']),
  /** Summary of what is allowed: nothing, reading only, or also writing. */
  level: z.enum(['none', 'read', 'read-write']),
  /** Groups of which any one would unlock a locked API; empty when open or not told. */
  unlockedBy: z.array(z.string()),
  permissions: z.array(permissionSchema),
  /** Set while an administrator has locked it for this person, whatever the rules say. */
  lock: shownLockSchema.optional(),
  /** What asks for a fresh sign-in: writing while reading doesn't, or everything; left out when nothing does. */
  stepUpFor: z.enum(['write', 'everything']).optional(),
  /** Limits that count this person's requests, short windows first; left out when there are none. */
  quotas: z.array(quotaSchema).optional(),
  /** Roles that the person may ask for, at this API; left out when requests aren't taken. */
  requestable: z.array(requestableSchema).optional(),
  /** Port that IT suggests for the local listener. */
  suggestedPort: z.int().min(1).max(65535).optional(),
  /** Path, with query if any, that makes a good first request; used in snippets. */
  examplePath: z.string(),
  /** Whom to ask about the API: a name, a mail address or a link. */
  owner: z.string().optional(),
  /** Web page origins that may call the local address from a browser. */
  allowedOrigins: z.array(z.string()),
});
export type CatalogEntry = z.infer<typeof catalogEntrySchema>;

/** Whom the relay takes the caller for, as the token says it. */
export const personSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  name: z.string(),
  email: z.string().optional(),
  groups: z.array(z.string()),
});
export type Person = z.infer<typeof personSchema>;

/** What `GET /v1/catalog` answers and what is pushed over the tunnel when policy changes. */
export const catalogSchema = z.object({
  /** Changes whenever the policy in force changes. */
  revision: z.string(),
  person: personSchema,
  /** The relay's own picture, colour and environment; left out when its config names none. */
  look: lookSchema.optional(),
  /** Which version of the client people should have; left out when the relay recommends none. */
  client: z
    .object({
      recommendedVersion: z.string(),
      /** Where they get it, in IT's words. */
      howToUpdate: z.string().optional(),
    })
    .optional(),
  /** Roles to ask for that count at every API; left out when there are none, and by older relays. */
  requestable: z.array(requestableSchema).optional(),
  apis: z.array(catalogEntrySchema),
});
export type Catalog = z.infer<typeof catalogSchema>;
