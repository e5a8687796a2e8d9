import { z } from 'zod';
import { apiIdSchema } from './catalog.ts';
import { firstHints } from './first-hints.ts';
import { lookColors } from './look.ts';
import { languages } from './messages/language.ts';

const port = z.int().min(1024).max(65535);

/** What the person can set; every key has a default, unknown keys are dropped. */
export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Of all texts, numbers and dates. */
  language: z.enum(['system', ...languages]).default('system'),
  /** Closing the window keeps connections (the tray icon stays). */
  keepRunningWhenClosed: z.boolean().default(true),
  startAtLogin: z.boolean().default(false),
  notifications: z.boolean().default(true),
  /** Port of the shared listener for `http://<api>.localhost:<port>`. */
  gatewayPort: port.default(7100),
  /** Whether other programs of the person, such as `causeway`, may use the running app. */
  otherPrograms: z.enum(['ask', 'allow', 'refuse']).default('ask'),
  /** The employee has been told once that closing keeps connections. */
  toldAboutClosing: z.boolean().default(false),
  /** What somebody who is new has still to be told. */
  hints: z.array(z.enum(firstHints)).default([]).catch([]),
});
/** Settings as they are kept: those that only a newer version knows stay as they are. */
export const storedSettingsSchema = settingsSchema.loose();
export type Settings = z.infer<typeof settingsSchema>;

/** A change of some settings: those that it leaves out stay as they are, instead of going back to their defaults. */
export const settingsChangeSchema = z
  .object({
    theme: settingsSchema.shape.theme.unwrap(),
    language: settingsSchema.shape.language.unwrap(),
    keepRunningWhenClosed: z.boolean(),
    startAtLogin: z.boolean(),
    notifications: z.boolean(),
    gatewayPort: port,
    otherPrograms: settingsSchema.shape.otherPrograms.unwrap(),
    toldAboutClosing: z.boolean(),
    hints: z.array(z.enum(firstHints)).max(firstHints.length),
  } satisfies Record<keyof Settings, z.ZodType>)
  .partial();

/** What the client core remembers per relay; never a secret. */
export const profileRecordSchema = z.object({
  id: z.string(),
  relayUrl: z.url(),
  relayName: z.string(),
  /** Fixed ports per API: pinned by the person, or remembered from the first use. */
  ports: z.record(apiIdSchema, z.object({ port, pinned: z.boolean() })),
  /** This profile's part of `<api>.<relay>.localhost`, a DNS label; it never changes. */
  label: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
    .optional(),
  /** The person's own choice; left out for the relay's. A colour that this version doesn't know is none. */
  color: z.enum(lookColors).optional().catch(undefined),
  /** By which name below `localhost` an API is shown: `<api>`, or `<api>.<relay>` where another profile had that one first. */
  localNames: z.record(apiIdSchema, z.enum(['short', 'full'])).optional(),
  favourites: z.array(apiIdSchema),
  /** APIs that were connected last; they come back after a restart. */
  connected: z.array(apiIdSchema),
  /** APIs that were switched on by default, once. */
  switchedOn: z.array(apiIdSchema).optional(),
  /** What was connected when the person paused the relay, and comes back with “Resume”. */
  paused: z.array(apiIdSchema).optional(),
  /** Who is signed in, or was last, as the person is called: tells two accounts at one relay apart. */
  account: z.string().max(300).optional(),
  /** Whose sign-in it is, or was last, as a name that says nothing of the person: somebody else’s begins with nothing kept. */
  person: z.string().max(64).optional(),
  /** APIs whose local address takes only requests with the access key. */
  keyProtected: z.array(apiIdSchema).optional(),
  /** Random name of this computer at this relay, by which a person's sessions are told apart. */
  deviceId: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
  /** Sign-ins on new devices that the person has been told of. */
  toldSessions: z.array(z.string()).optional(),
});
export type ProfileRecord = z.infer<typeof profileRecordSchema>;

/** A profile as it is kept: what only a newer version knows of it stays as it is. */
export const storedProfileSchema = profileRecordSchema.loose();
