import { useEffect } from 'react';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';

const none: readonly string[] = [];

/** Ids of the sign-ins on new devices while the screen shows them; once it is left, the person has seen them. */
export function useSeenNewDevices({ id: profileId, newDevices }: ProfileSnapshot): readonly string[] {
  const hasNew = newDevices !== undefined;
  useEffect(() => {
    if (!hasNew) return undefined;
    return useApp.subscribe((state, before) => {
      if (before.screen === 'sessions' && state.screen !== 'sessions') command('sessions:seen', { profileId });
    });
  }, [hasNew, profileId]);
  return newDevices?.map(({ id }) => id) ?? none;
}
