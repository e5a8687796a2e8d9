import { z } from 'zod';
import { emergencyInvitationSchema, emergencySignInSchema } from '../emergency.ts';
import { activityEntrySchema } from '../activity.ts';
import { apiIdSchema, catalogEntrySchema, catalogSchema } from '../catalog.ts';
import { deviceAttributesSchema } from '../device-attributes.ts';
import { reasonsSchema } from '../reason.ts';

/**
 * A local listener as the relay must know it to judge `Host` and `Origin`, because the relay has the only HTTP
 * parser. `hosts` maps each exact `Host` value (lower case, with port) to the API behind it. An API in `accessKeys`
 * takes requests on this listener only with `X-Causeway-Key`, whose SHA-256 is given here in base64url.
 */
export const listenerSchema = z.object({
  id: z.int().min(1).max(65535),
  hosts: z.record(z.string().max(300), apiIdSchema),
  accessKeys: z.record(apiIdSchema, z.string().length(43)).optional(),
});
export type ListenerDescription = z.infer<typeof listenerSchema>;

/** JSON messages from client to relay, in CONTROL frames on stream 0. */
export const clientControlSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    device: z.object({
      /** Random, the same for as long as the client keeps its state; left out by older clients. */
      id: z
        .string()
        .regex(/^[\w-]{1,64}$/)
        .optional(),
      name: z.string().max(200),
      system: z.string().max(200),
      appVersion: z.string().max(50),
      /** What IT says of the computer; left out by older clients, and where it says nothing. */
      attributes: deviceAttributesSchema.optional(),
    }),
    listeners: z.array(listenerSchema),
    /** The listeners go on in `listeners-part` messages. */
    more: z.boolean().optional(),
  }),
  /** Replaces the whole set of listeners; streams of a listener that is gone are reset. */
  z.object({ type: z.literal('listeners'), listeners: z.array(listenerSchema), more: z.boolean().optional() }),
  /** Further listeners, or hosts of them, of a set that is too large for one message. */
  z.object({ type: z.literal('listeners-part'), listeners: z.array(listenerSchema), more: z.boolean() }),
  /** In-band renewal: a fresh access token of the same subject and issuer, with a DPoP proof when bound. */
  z.object({
    type: z.literal('renew'),
    token: z.string().max(64_000),
    dpopProof: z.string().max(8_000).optional(),
  }),
]);
export type ClientControl = z.infer<typeof clientControlSchema>;

/** JSON messages from relay to client. Times are milliseconds since the epoch. */
export const relayControlSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    sessionId: z.string(),
    expiresAtMs: z.number(),
    relayTimeMs: z.number(),
    /** Good for one resumption within `resumeGraceMs` after the link was lost; empty when not offered. */
    resumeToken: z.string(),
    resumeGraceMs: z.number(),
    /** Silence after which either side pings. */
    pingAfterMs: z.number(),
    maxStreams: z.int(),
    /** Largest window of one stream toward the relay; streams begin with no more than this, in both directions. */
    maxWindowBytes: z.int(),
    /** A client’s END may say that its caller reads on; left out by older relays, to which that is an error. */
    takesReadsOn: z.literal(true).optional(),
    catalog: catalogSchema,
    /** The catalog goes on in `catalog-part` messages. */
    more: z.boolean().optional(),
  }),
  z.object({ type: z.literal('catalog'), catalog: catalogSchema, more: z.boolean().optional() }),
  /** Further entries of a catalog that is too large for one message. */
  z.object({ type: z.literal('catalog-part'), apis: z.array(catalogEntrySchema), more: z.boolean() }),
  z.object({
    type: z.literal('activity'),
    entries: z.array(activityEntrySchema),
    /**
     * Requests without an entry of their own, by API: how many, how long they took together, and how many of them were
     * denied or failed, which older relays don't tell.
     */
    leftOut: z.record(
      z.string(),
      z.object({ count: z.int(), totalMs: z.number(), denied: z.int().default(0), failed: z.int().default(0) }),
    ),
    /** The person has just signed in, or come back, with another session. */
    sessionsChanged: z.literal(true).optional(),
    /** Requests for access of the person, or that the person decides on, have changed. */
    requestsChanged: z.literal(true).optional(),
    /** For owners: an account of the relay’s own has signed in. */
    emergencySignIn: emergencySignInSchema.optional(),
    /** For owners: somebody was invited to enrol for such an account. */
    emergencyInvitation: emergencyInvitationSchema.optional(),
  }),
  z.object({ type: z.literal('renewed'), expiresAtMs: z.number() }),
  /** The token offered by `renew` was refused; the session ends at its old expiry. */
  z.object({
    type: z.literal('renewal-refused'),
    code: z.string(),
    detail: z.string(),
    /** What `detail` says, as codes; left out by older relays. */
    reasons: reasonsSchema.optional().catch(undefined),
    dpopNonce: z.string().optional(),
  }),
  /** The relay is about to close the tunnel: `drain` asks to reconnect, the others to stop. */
  z.object({
    type: z.literal('goaway'),
    reason: z.enum(['drain', 'session-expired', 'session-revoked', 'protocol-error']),
    detail: z.string(),
    /** What `detail` says, as codes; left out by older relays. */
    reasons: reasonsSchema.optional().catch(undefined),
    /** For `session-revoked`: when the session was ended, where that is known. */
    atMs: z.number().optional(),
    /** How long streams may go on, in milliseconds. */
    graceMs: z.number(),
  }),
]);
export type RelayControl = z.infer<typeof relayControlSchema>;

/** First frame of a client that wants its tunnel back: what it holds and how much it has received. */
export const resumeSchema = z.object({ token: z.string().min(1).max(200), received: z.int().min(0) });
/** The relay's answer: how much it has received, and the token for the next time. */
export const resumedSchema = z.object({
  token: z.string().min(1).max(200),
  received: z.int().min(0),
  expiresAtMs: z.number(),
});
export const resumeRefusedSchema = z.object({ detail: z.string() });
