import { z } from 'zod';
import { readChosenName } from './chosen-name.ts';

/** Where a person sees their own sessions: `GET`, `DELETE` for all others, `DELETE …/:id` for one, `POST …/:id/name`. */
export const sessionsPath = '/v1/sessions';

/** One of a person's own sessions, as the relay tells them. Times are milliseconds since the epoch. */
export const ownSessionSchema = z.object({
  id: z.string(),
  /** The one that asks. */
  current: z.boolean(),
  device: z.object({
    /**
     * The same for all of the person's sessions of one client on one device; left out where its client names none, and by
     * older relays. Not what the client says: nobody gets around the news of a new device by knowing it.
     */
    id: z.string().optional(),
    /** The one that the person has chosen, or else the one that its client says. */
    name: z.string(),
    /** What its client calls it; left out while the person has chosen none. */
    ownName: z.string().optional(),
    system: z.string(),
    appVersion: z.string(),
  }),
  sinceMs: z.number(),
  lastUsedAtMs: z.number(),
  /** Last first. */
  addresses: z.array(z.string()),
  /** Last used first. */
  apis: z.array(z.string()),
  openTunnels: z.int(),
  /** Whether the person had signed in before, but not on this device. */
  newDevice: z.boolean().default(false),
});
export type OwnSession = z.infer<typeof ownSessionSchema>;

/** Which of a person's sessions are to end: all but the one that asks, one, or several. */
export type SessionsToEnd = 'others' | { readonly id: string } | { readonly ids: readonly string[] };

/** A name that a person chooses for a device, without spaces around it; the empty one takes the choice back. */
export const chosenNameSchema = z
  .string()
  .max(1000)
  .refine((name) => readChosenName(name) !== null)
  .transform((name) => readChosenName(name) ?? '');
