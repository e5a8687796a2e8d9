import { z } from 'zod';

/** A sign-in of an account of the relay’s own (break-glass), as owners are told of it: which account, and when. */
export const emergencySignInSchema = z.object({ account: z.string().max(500), atMs: z.number() });
export type EmergencySignIn = z.infer<typeof emergencySignInSchema>;

/** A link for enrolment to such an account, as owners are told of it: which account, when it was made, and by whom. */
export const emergencyInvitationSchema = emergencySignInSchema.extend({ by: z.string().max(500) });
export type EmergencyInvitation = z.infer<typeof emergencyInvitationSchema>;

/** What owners are told at once; what has `by` is an invitation. */
export type Emergency = EmergencySignIn | EmergencyInvitation;

export function isInvitation(emergency: Emergency): emergency is EmergencyInvitation {
  return 'by' in emergency;
}

/** The same for the same sign-in or invitation, however often and by whichever relay it is told. */
export function emergencyId(emergency: Emergency): string {
  const { account, atMs } = emergency;
  return `${account} ${atMs}${isInvitation(emergency) ? ' invited' : ''}`;
}
