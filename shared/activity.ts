import { z } from 'zod';
import { reasonsSchema } from './reason.ts';
import { stepUpSchema } from './step-up.ts';

/** One own request as the relay decided and answered it; the employee's view of the audit. */
export const activityEntrySchema = z.object({
  requestId: z.string(),
  /** When the relay had read the request's head, milliseconds since the epoch. */
  timeMs: z.number(),
  api: z.string(),
  method: z.string(),
  path: z.string(),
  decision: z.enum(['allow', 'deny']),
  /** Rule that decided, or null when no rule matched or the request never got to policy. */
  rule: z.string().nullable(),
  reason: z.string(),
  /** What `reason` says, as codes, so that it is said in the person's language; left out by older relays. */
  reasons: reasonsSchema.optional().catch(undefined),
  /** For a denial: groups of which any one would allow it. */
  unlockedBy: z.array(z.string()),
  /** For a denial: the fresh sign-in that would allow it. */
  stepUp: stepUpSchema.optional(),
  /** HTTP status that the caller got; null while under way or when the connection broke first. */
  status: z.int().nullable(),
  outcome: z.enum(['pending', 'completed', 'aborted', 'unknown']),
  durationMs: z.number().nullable(),
  requestBytes: z.number(),
  responseBytes: z.number(),
  /** For local connections that the client turned away before any request was read: how many, so far. */
  connections: z.int().optional(),
});
export type ActivityEntry = z.infer<typeof activityEntrySchema>;

/** How many requests there were, listed or not; `failed` were allowed and came to no good end. */
export interface RequestCounts {
  readonly requests: number;
  readonly denied: number;
  readonly failed: number;
}

/** A profile's activity: the newest requests, oldest first, and how many there were of each API in all. */
export interface ActivityLog {
  readonly entries: readonly ActivityEntry[];
  readonly counts: Readonly<Record<string, RequestCounts>>;
}

/** Whether an allowed request ended badly: the API failed or couldn't be asked, or the answer didn't come through. */
export function hasFailed({
  decision,
  status,
  outcome,
}: Pick<ActivityEntry, 'decision' | 'status' | 'outcome'>): boolean {
  if (decision === 'deny' || outcome === 'pending') return false;
  return outcome !== 'completed' || (status !== null && status >= 500);
}
