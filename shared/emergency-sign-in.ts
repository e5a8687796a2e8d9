import { z } from 'zod';

/** A sign-in of an account of the relay’s own (break-glass), as owners are told of it: which account, and when. */
export const emergencySignInSchema = z.object({ account: z.string().max(500), atMs: z.number() });
export type EmergencySignIn = z.infer<typeof emergencySignInSchema>;

/** The same for the same sign-in, however often and by whichever relay it is told. */
export function emergencySignInId({ account, atMs }: EmergencySignIn): string {
  return `${account} ${atMs}`;
}
