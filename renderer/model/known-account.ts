import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { currentProfileOf } from './current-profile.ts';

/**
 * The account that a sign-in for a further one has turned out to be, because the same person was there already: the
 * further one is gone with it. Null when nothing of the kind has happened. Pure.
 */
export function foundKnownAccount(before: Snapshot | null, after: Snapshot): ProfileSnapshot | null {
  const tried = before === null ? null : currentProfileOf(before);
  if (tried === null || after.profiles.some(({ id }) => id === tried.id)) return null;
  const current = currentProfileOf(after);
  const isThere = current?.relayUrl === tried.relayUrl && current.signIn.status === 'signed-in';
  return isThere && tried.signIn.status === 'finishing' ? current : null;
}

/** Whether a sign-in is for a further account at a relay that somebody is known at. */
export function addsAccount({ profiles }: Snapshot, profile: ProfileSnapshot): boolean {
  if (profile.account !== undefined) return false;
  return profiles.some(({ id, relayUrl, account }) => {
    return id !== profile.id && relayUrl === profile.relayUrl && account !== undefined;
  });
}
