import { useEffect } from 'react';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { ask } from '../store/commands.ts';

/** Asks for the requests when what shows them opens, and when the window comes to the front: what the relay pushed while the tunnel was away is missing. */
export function useFreshRequests({ id: profileId, signIn }: Pick<ProfileSnapshot, 'id' | 'signIn'>): void {
  const isSignedIn = signIn.status === 'signed-in';
  useEffect(() => {
    if (!isSignedIn) return undefined;
    const look = () => void ask('requests:refresh', { profileId });
    look();
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, [isSignedIn, profileId]);
}
