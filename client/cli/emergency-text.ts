import type { EmergencySignIn } from '../../shared/emergency-sign-in.ts';
import { shownText } from '../../shared/shown-text.ts';

/** A sign-in with an emergency account, as owners are told of it: which one, when, and what to do. */
export function emergencyText({ account, atMs }: EmergencySignIn): string {
  const when = new Date(atMs).toLocaleString();
  return shownText(
    `Emergency sign-in with the account “${account}”, ${when}. If nobody told you why, ask at once, and have it locked.`,
  );
}
