import type { Notice } from '../shared/notice.ts';
import { noticeWords } from '../shared/notice-text.ts';
import { shownText } from '../shared/shown-text.ts';
import { text } from '../shared/messages/text.ts';
import type { ProfileSnapshot, Snapshot } from '../shared/snapshot.ts';
import type { SystemNotice } from './shell/notices.ts';

/** Said once, the first time that closing the window leaves connections up. */
export function closingNotice(): SystemNotice {
  return { title: text('notices.closing'), body: text('notices.closing.text') };
}

/** Which of several notices at once the system shows: the last one, unless one of them can’t wait. */
export function headNotice(notices: readonly Notice[]): Notice | undefined {
  return notices.findLast(isUrgent) ?? notices.at(-1);
}

function isUrgent({ facts }: Notice): boolean {
  return facts.kind === 'emergency-sign-in' || facts.kind === 'emergency-invitation';
}

/** A notice as the system shows it, with the relay’s name; of several at once `headNotice`, and how many more. Pure. */
export function systemNotice(notices: readonly Notice[], platform: NodeJS.Platform): SystemNotice | null {
  const head = headNotice(notices);
  if (head === undefined) return null;
  const { title, body } = noticeWords(head);
  const more = notices.length === 1 ? '' : ` ${text('notices.more', { count: notices.length - 1 })}`;
  return {
    title: shownText(head.relayName === '' ? title : text('notices.of-relay', { title, relay: head.relayName })),
    body: unmarked(shownText(`${body}${more}`), platform),
    ...(isUrgent(head) ? { isUrgent: true } : {}),
  };
}

/** On Linux a body is markup (Desktop Notifications Specification, “Markup”), in which a colleague’s reason could be a link. */
function unmarked(body: string, platform: NodeJS.Platform): string {
  if (platform !== 'linux') return body;
  return body.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Whether a sign-in has just come back from the browser: then the window comes forward. */
export function hasJustSignedIn(before: Snapshot, after: Snapshot): boolean {
  return after.profiles.some((profile) => {
    const previous = before.profiles.find(({ id }) => id === profile.id);
    return previous !== undefined && cameBack(previous, profile);
  });
}

/** Whether somebody's sign-in has just gone from this computer, by whose order ever, or given way to somebody else's. */
export function hasJustSignedOut(before: Snapshot, after: Snapshot): boolean {
  const isHeld = ({ signIn }: ProfileSnapshot): boolean => signIn.status === 'signed-in' || signIn.status === 'expired';
  return before.profiles.filter(isHeld).some(({ id, person }) => {
    const now = after.profiles.find((profile) => profile.id === id);
    return now === undefined || now.signIn.status === 'signed-out' || (person !== undefined && now.person !== person);
  });
}

function cameBack(
  { signIn: earlier, stepUp: earlierStepUp }: ProfileSnapshot,
  { signIn, stepUp }: ProfileSnapshot,
): boolean {
  if (signIn.status !== 'signed-in') return false;
  if (!stepUp && earlierStepUp?.status === 'finishing') return true;
  return earlier.status === 'finishing' || earlier.status === 'waiting-for-browser';
}
