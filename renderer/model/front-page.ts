import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { currentProfileOf } from './current-profile.ts';

/**
 * Whether the window shows the sign-in instead of the shell: no relay yet, signed out, or a first sign-in under way.
 * Signing in again keeps the shell, because its connections are still there.
 */
export function showsSignIn(snapshot: Snapshot): boolean {
  const profile = currentProfileOf(snapshot);
  if (profile === null) return true;
  switch (profile.signIn.status) {
    case 'signed-out':
    case 'choosing-issuer':
      return true;
    case 'contacting':
    case 'waiting-for-browser':
    case 'finishing':
      return profile.catalog.status !== 'ready';
    case 'signed-in':
    case 'expired':
      return false;
  }
}

/** The profile whose sign-in the sign-in screen shows: the one begun here, else the current one if it isn't in use. */
export function signInProfileOf(snapshot: Snapshot, begunProfileId: string | null): ProfileSnapshot | null {
  if (begunProfileId !== null) return snapshot.profiles.find((profile) => profile.id === begunProfileId) ?? null;
  return showsSignIn(snapshot) ? currentProfileOf(snapshot) : null;
}
