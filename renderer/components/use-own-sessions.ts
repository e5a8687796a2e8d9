import { useCallback, useEffect, useState } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { ask } from '../store/commands.ts';

const lookEveryMs = 20_000;

/** The person's sessions as last heard of; what is known stays while a later question fails. */
export interface OwnSessions {
  readonly sessions: readonly OwnSession[] | null;
  readonly atMs: number;
  readonly problem: UserProblem | null;
  readonly refresh: () => Promise<void>;
}

type Heard = Omit<OwnSessions, 'refresh'>;

/** Asks when the screen opens, again and again while it can be seen, and when the relay is back. */
export function useOwnSessions(profile: ProfileSnapshot): OwnSessions {
  const [heard, setHeard] = useState<Heard>({ sessions: null, atMs: 0, problem: null });
  const profileId = profile.id;
  const isSignedIn = profile.signIn.status === 'signed-in';
  const tunnel = profile.tunnel.status;
  const newest = profile.newDevices?.at(-1)?.id;

  const refresh = useCallback(async () => {
    const result = await ask('sessions:list', { profileId });
    setHeard((before) =>
      result.ok ? { sessions: result.value, atMs: Date.now(), problem: null } : { ...before, problem: result.problem },
    );
  }, [profileId]);

  useEffect(() => {
    if (!isSignedIn) return undefined;
    const look = () => {
      if (document.visibilityState === 'visible') void refresh();
    };
    look();
    const timer = setInterval(look, lookEveryMs);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [isSignedIn, tunnel, newest, refresh]);

  return { ...heard, refresh };
}
