import { type Cause, causeOf, passesByItself } from '../shared/cause.ts';
import { causeText } from '../shared/cause-text.ts';
import { stepUpSentence } from '../shared/step-up-text.ts';
import { shownText } from '../shared/shown-text.ts';
import type { ProfileSnapshot, Snapshot } from '../shared/snapshot.ts';

/** A system notification: what happened and what to do, in a title and a line. */
export interface Notice {
  readonly title: string;
  readonly body: string;
}

/**
 * What the person should be told on the way from one state to the next: only when they are needed, once per change,
 * and at most one notice whatever number of things failed.
 */
export function noticeFor(before: Snapshot, after: Snapshot): Notice | null {
  if (!after.settings.notifications) return null;
  const earlier = new Map(before.profiles.map((profile) => [profile.id, profile]));
  for (const profile of after.profiles) {
    const previous = earlier.get(profile.id);
    const notice = previous === undefined ? null : profileNotice(previous, profile);
    if (notice !== null) return notice;
  }
  return null;
}

/** Said once, the first time that closing the window leaves connections up. */
export const closingNotice: Notice = {
  title: 'Causeway keeps running',
  body: 'Your connections stay up. Open or quit Causeway from its tray icon.',
};

/** Whether a sign-in has just come back from the browser: then the window comes forward. */
export function hasJustSignedIn(before: Snapshot, after: Snapshot): boolean {
  return after.profiles.some(({ id, signIn, stepUp }) => {
    const previous = before.profiles.find((profile) => profile.id === id);
    const earlier = previous?.signIn.status;
    if (!stepUp && previous?.stepUp?.status === 'finishing' && signIn.status === 'signed-in') return true;
    return signIn.status === 'signed-in' && (earlier === 'finishing' || earlier === 'waiting-for-browser');
  });
}

function profileNotice(before: ProfileSnapshot, after: ProfileSnapshot): Notice | null {
  const cause = newCause(before, after);
  if (cause !== null) {
    const { title, detail, hint } = causeText(cause);
    const body = cause.code === 'session-revoked' ? `${detail} Sign in again to go on.` : hint;
    return { title: `${title}: ${after.relayName}`, body };
  }
  if (after.signIn.status === 'signed-in' && after.signIn.renewalProblem !== null) {
    const known = before.signIn.status === 'signed-in' && before.signIn.renewalProblem !== null;
    const { title, hint } = after.signIn.renewalProblem;
    return known ? null : { title: `${title}: ${after.relayName}`, body: hint };
  }
  const known = new Set(before.newDevices?.map(({ id }) => id));
  const newDevice = after.newDevices?.findLast(({ id }) => !known.has(id));
  if (newDevice !== undefined) {
    const { name, system, address } = newDevice;
    const where = address === null ? system : `${system}, from ${address}`;
    return {
      title: shownText(`New sign-in on “${name}”: ${after.relayName}`),
      body: shownText(`${where}. If that wasn’t you, sign it out under Sessions and tell IT.`),
    };
  }
  const locked = newLockNotice(before, after);
  if (locked !== null) return locked;
  const { stepUp } = after;
  if (stepUp?.status === 'asked' && !before.stepUp) {
    const apis = after.catalog.status === 'ready' ? after.catalog.catalog.apis : [];
    const name = apis.find(({ id }) => id === stepUp.api)?.name ?? stepUp.api;
    return {
      title: `Sign in again${name === null ? '' : ` for ${name}`}: ${after.relayName}`,
      body: stepUpSentence(stepUp.need, name ?? ''),
    };
  }
  return null;
}

/** A cause that only a person can do something about, when it is another one than before. */
function newCause(before: ProfileSnapshot, after: ProfileSnapshot): Cause | null {
  const cause = causeOf(after);
  // Signing out, or in, is the person's own doing.
  if (cause === null || cause.detail === null || passesByItself(cause)) return null;
  if (after.signIn.status === 'expired' && before.signIn.status !== 'signed-in') return null;
  return causeOf(before)?.code === cause.code ? null : cause;
}

/** An API that is connected was locked: tools get refusals from now on. */
function newLockNotice(before: ProfileSnapshot, after: ProfileSnapshot): Notice | null {
  if (before.catalog.status !== 'ready' || after.catalog.status !== 'ready') return null;
  const lockedBefore = new Set(
    before.catalog.catalog.apis.filter(({ lock }) => lock !== undefined).map(({ id }) => id),
  );
  const locked = after.catalog.catalog.apis.filter(
    ({ id, lock }) => lock !== undefined && !lockedBefore.has(id) && after.connections[id]?.status === 'on',
  );
  const [first, ...more] = locked;
  if (first === undefined) return null;
  const names = more.length === 0 ? first.name : `${first.name} and ${more.length} more`;
  const reason = first.lock?.reason === undefined ? '' : ` ${first.lock.reason}`;
  return {
    title: `IT has locked ${names}: ${after.relayName}`,
    body: `Requests are refused until the lock ends.${reason}`,
  };
}
