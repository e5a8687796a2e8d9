import { z } from 'zod';

/** Where a person sees and ends their own sessions: `GET`, `DELETE` for all others, `DELETE …/:id` for one. */
export const sessionsPath = '/v1/sessions';

/** One of a person's own sessions, as the relay tells them. Times are milliseconds since the epoch. */
export const ownSessionSchema = z.object({
  id: z.string(),
  /** The one that asks. */
  current: z.boolean(),
  device: z.object({ name: z.string(), system: z.string(), appVersion: z.string() }),
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
