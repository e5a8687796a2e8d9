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
  if (after.signIn.status === 'expired' && before.signIn.status === 'signed-in') {
    return { title: `${after.signIn.problem.title}: ${after.relayName}`, body: after.signIn.problem.hint };
  }
  if (after.signIn.status === 'signed-in' && after.signIn.renewalProblem !== null) {
    const known = before.signIn.status === 'signed-in' && before.signIn.renewalProblem !== null;
    const { title, hint } = after.signIn.renewalProblem;
    return known ? null : { title: `${title}: ${after.relayName}`, body: hint };
  }
  const { stepUp } = after;
  if (stepUp?.status === 'asked' && !before.stepUp) {
    const apis = after.catalog.status === 'ready' ? after.catalog.catalog.apis : [];
    const name = apis.find(({ id }) => id === stepUp.api)?.name ?? stepUp.api;
    return { title: `Sign in again${name === null ? '' : ` for ${name}`}: ${after.relayName}`, body: stepUp.reason };
  }
  return null;
}
