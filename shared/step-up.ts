import { z } from 'zod';

/** What a fresh sign-in must be like before a rule allows a request (RFC 9470 §3). */
export const stepUpSchema = z.object({
  /** Longest time since the person signed in, seconds. */
  maxAgeSeconds: z.number().min(0).optional(),
  /** Ways of signing in of which any one will do, as the provider names them (`acr_values`), best first. */
  acr: z.array(z.string()).optional(),
});
export type StepUp = z.infer<typeof stepUpSchema>;
