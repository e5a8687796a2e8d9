import { z } from 'zod';
import { ruleSubjectSchema } from './catalog.ts';
import { reasonsSchema } from './reason.ts';
import { shownText } from './shown-text.ts';

/**
 * Where people ask for access and decide on it: `GET` lists, `POST` asks, `DELETE …/:id` takes back or gives up one’s own,
 * `POST …/:id/approve`, `…/refuse` and `…/end` decide.
 */
export const accessRequestsPath = '/v1/access-requests';

/** Far more than a relay lists. */
const mostListed = 1000;

/** What somebody else wrote, or is called: it steers nothing that shows it. */
const words = z.string().overwrite((text) => shownText(text));

/** A grant as others see it. */
const shownGrantSchema = z.object({ role: words, api: z.string().nullable(), expiresAtMs: z.number() });

/** What somebody may do, in parts. */
const allowedSubjectSchema = ruleSubjectSchema.extend({ signInAgain: z.boolean() });

/** One request for access, as its requester and those who decide about it see it. Times are milliseconds since the epoch. */
export const shownRequestSchema = z.object({
  /** Short, to be quoted. */
  id: z.string(),
  requester: words,
  mine: z.boolean(),
  /** Whether the caller may approve or refuse it now. */
  decidable: z.boolean(),
  /** Whether the caller may end its grant now. */
  endable: z.boolean().default(false),
  /** The API where the role is to count; null for all. */
  api: z.string().nullable(),
  role: words,
  reason: words,
  hours: z.number(),
  requestedAtMs: z.number(),
  status: z.enum(['pending', 'approved', 'refused', 'cancelled', 'revoked', 'expired']),
  decidedBy: words.nullable(),
  decidedAtMs: z.number().nullable(),
  /** When the grant ends, or ended; null unless it was approved. */
  expiresAtMs: z.number().nullable(),
  /** What was said when it was decided, or ended early. */
  note: words.optional(),
  /** The same as codes, where the relay itself wrote it. */
  noteReasons: reasonsSchema.optional().catch(undefined),
  /** Groups of which any one decides; left out by older relays. */
  approvers: z.array(words).optional(),
  /** For those who decide: what the person has without it. */
  today: z
    .object({
      /** What the person could do at the API when asking, in words. */
      allowed: z.array(words),
      /** Each of these in parts; null where IT wrote the text or more belongs to it, left out by older relays. */
      about: z.array(allowedSubjectSchema.nullable()).optional().catch(undefined),
      /** What the person was granted besides, and still has. */
      grants: z.array(shownGrantSchema),
    })
    .optional(),
});
export type ShownRequest = z.infer<typeof shownRequestSchema>;

/** What `GET` answers, newest first. */
export const shownRequestsSchema = z.object({
  requests: z.array(shownRequestSchema).max(mostListed),
  /** Whether the caller decides on anything that may be asked for. */
  decides: z.boolean().default(false),
  /** How many older ones aren’t listed. */
  leftOut: z.int().default(0),
});
export type ShownRequests = z.infer<typeof shownRequestsSchema>;
