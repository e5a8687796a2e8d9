import { z } from 'zod';
import { apiIdSchema } from './catalog.ts';
import { reasonsSchema } from './reason.ts';

const timeMs = z.number();
const words = z.string().max(2000);
const apiName = words.nullable();

/**
 * What somebody is told of, as facts, so that it is said in the present language whenever it is looked at. `api` is an id,
 * `apiName` what people call it, null for all APIs.
 */
export const noticeFactsSchema = z.discriminatedUnion('kind', [
  /** `title` and `detail` are those of a cause why requests don’t pass, which a person has to do something about. */
  z.object({
    kind: z.enum(['sign-in-ended', 'sign-in-failing', 'update-required', 'trouble']),
    title: words,
    detail: words,
  }),
  z.object({ kind: z.literal('sign-in-ending'), endsAtMs: timeMs }),
  z.object({ kind: z.literal('new-device'), name: words, system: words, address: words.nullable() }),
  z.object({
    kind: z.literal('api-locked'),
    api: apiIdSchema,
    apiName: words,
    more: z.int(),
    reason: words.nullable(),
  }),
  z.object({ kind: z.literal('step-up'), api: apiIdSchema.nullable(), apiName, reason: words }),
  z.object({
    kind: z.enum(['quota-low', 'quota-gone']),
    api: apiIdSchema,
    apiName: words,
    left: z.int(),
    limit: z.int(),
    resetsAtMs: timeMs,
  }),
  z.object({
    kind: z.enum(['grant-ending', 'grant-ended']),
    request: words,
    api: apiIdSchema.nullable(),
    apiName,
    role: words,
    endsAtMs: timeMs,
  }),
  z.object({
    kind: z.enum(['request-approved', 'request-refused', 'grant-revoked']),
    request: words,
    api: apiIdSchema.nullable(),
    apiName,
    role: words,
    by: words,
    note: words,
    /** The same as codes, where the relay itself wrote it. */
    noteReasons: reasonsSchema.optional().catch(undefined),
    endsAtMs: timeMs.nullable(),
  }),
  z.object({
    kind: z.literal('request-to-decide'),
    request: words,
    api: apiIdSchema.nullable(),
    apiName,
    role: words,
    by: words,
    reason: words,
  }),
  z.object({ kind: z.literal('emergency-sign-in'), account: words, signedInAtMs: timeMs }),
  z.object({ kind: z.literal('emergency-invitation'), account: words, by: words, invitedAtMs: timeMs }),
  z.object({ kind: z.literal('relay-draining') }),
  /** Of the app itself, at no relay. */
  z.object({ kind: z.enum(['app-update-ready', 'app-update-offered']), version: words }),
  z.object({ kind: z.literal('update-recommended'), version: words, howToUpdate: words.nullable() }),
]);
export type NoticeFacts = z.infer<typeof noticeFactsSchema>;
export type NoticeKind = NoticeFacts['kind'];

/** One notice as the centre keeps it. */
export const noticeSchema = z.object({
  /** The same for the same thing, however often it is seen. */
  id: z.string().min(1).max(500),
  /** Both empty for what is of no relay. */
  profileId: z.string(),
  relayName: z.string(),
  atMs: timeMs,
  read: z.boolean(),
  facts: noticeFactsSchema,
});
export type Notice = z.infer<typeof noticeSchema>;

/** How many the centre keeps, newest first. */
export const mostNotices = 100;
