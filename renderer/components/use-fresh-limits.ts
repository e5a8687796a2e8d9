import { useEffect, useRef } from 'react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { connectionOf, lastRequestsOf } from '../model/current-profile.ts';
import { nextResetMs } from '../model/limit-view.ts';
import { useApp } from '../store/app-store.ts';
import { ask } from '../store/commands.ts';

/** Shortest time between two questions, in milliseconds. */
const pauseMs = 2_000;
/** A window's end by the relay's clock may come a little after ours. */
const settlingMs = 500;
const longestTimerMs = 2 ** 31 - 1;

/**
 * Keeps what is left of an API's limits fresh while its page is open and can be seen: asks when it opens, after requests,
 * when a limit starts anew, and when the tunnel is back.
 */
export function useFreshLimits(profile: ProfileSnapshot, api: CatalogEntry): void {
  const newest = useApp(({ activity }) => {
    const [entry] = activity.status === 'ready' ? lastRequestsOf(activity.entries, api.id, 1) : [];
    return entry === undefined ? '' : `${entry.requestId} ${entry.outcome}`;
  });
  const connection = connectionOf(profile, api.id);
  // Under load requests go without an entry of their own, but not without a rate.
  const rate = connection.status === 'on' ? connection.requestsPerSecond : 0;
  const reachable = profile.signIn.status === 'signed-in' && profile.tunnel.status === 'open';
  const wanted = api.access === 'open' && reachable;
  const profileId = profile.id;
  const askedAtMs = useRef(0);
  const { quotas } = api;
  const limited = quotas !== undefined;

  useEffect(() => {
    // An API without limits is asked once: a change of policy tells by itself.
    if (!wanted || (askedAtMs.current > 0 && !limited)) return undefined;
    const look = () => {
      if (document.visibilityState !== 'visible') return;
      askedAtMs.current = Date.now();
      // What is known stays when it fails; the banner tells what is wrong.
      void ask('api:refresh-quotas', { profileId, api: api.id });
    };
    const timer = setTimeout(look, Math.max(0, askedAtMs.current + pauseMs - Date.now()));
    document.addEventListener('visibilitychange', look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [wanted, limited, profileId, api.id, newest, rate]);

  useEffect(() => {
    const resetsAtMs = nextResetMs(quotas ?? [], Date.now());
    if (!wanted || resetsAtMs === null) return undefined;
    const inMs = Math.min(resetsAtMs - Date.now() + settlingMs, longestTimerMs);
    const timer = setTimeout(() => void ask('api:refresh-quotas', { profileId, api: api.id }), Math.max(inMs, pauseMs));
    return () => clearTimeout(timer);
  }, [wanted, profileId, api.id, quotas]);
}
