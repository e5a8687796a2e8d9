import { type Emergency, isInvitation } from '../../shared/emergency.ts';
import { shownText } from '../../shared/shown-text.ts';

/** A sign-in with an emergency account, or an invitation to one, as owners are told of it: which one, when, and what to do. */
export function emergencyText(emergency: Emergency): string {
  const { account, atMs } = emergency;
  const when = new Date(atMs).toLocaleString();
  const ask = 'If nobody told you why, ask at once, and have it';
  return shownText(
    isInvitation(emergency)
      ? `${emergency.by} has made a link to enrol for the emergency account “${account}”, ${when}. ${ask} disabled.`
      : `Emergency sign-in with the account “${account}”, ${when}. ${ask} locked.`,
  );
}
