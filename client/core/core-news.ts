import type { Snapshot } from '../../shared/snapshot.ts';
import type { ActivityBatch } from '../profile/activity-store.ts';

/** Tells whoever watches of what has changed. */
export interface CoreNews {
  readonly watch: (listener: (snapshot: Snapshot) => void) => () => void;
  readonly watchActivity: (listener: (profileId: string, batch: ActivityBatch) => void) => () => void;
  /** Whether somebody looks at rates, which fall by themselves. */
  readonly watchRates: (wanted: boolean) => void;
  /** Something in the snapshot has changed: it is told once, however much follows in the same turn. */
  readonly changed: () => void;
  readonly didActivity: (profileId: string, batch: ActivityBatch) => void;
  readonly close: () => void;
}

const ratesTickMs = 1_000;

/** Tells nothing by itself, apart from rates: a snapshot once a second while `isLively`. */
export function createCoreNews(snapshot: () => Snapshot, isLively: () => boolean): CoreNews {
  const watchers = new Set<(snapshot: Snapshot) => void>();
  const activityWatchers = new Set<(profileId: string, batch: ActivityBatch) => void>();
  let emission: NodeJS.Immediate | undefined;
  let lively: NodeJS.Timeout | undefined;
  let ratesWanted = true;
  let isClosed = false;

  function changed(): void {
    if (isClosed) return;
    emission ??= setImmediate(() => {
      emission = undefined;
      const current = snapshot();
      for (const watcher of watchers) watcher(current);
    });
  }

  function keepRatesFresh(): void {
    if (!ratesWanted || isClosed) return;
    lively ??= setInterval(() => {
      changed();
      if (ratesWanted && isLively()) return;
      clearInterval(lively);
      lively = undefined;
    }, ratesTickMs);
  }

  return {
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    watchActivity(listener) {
      activityWatchers.add(listener);
      return () => activityWatchers.delete(listener);
    },
    watchRates(wanted) {
      ratesWanted = wanted;
      if (wanted) keepRatesFresh();
      else clearInterval(lively);
      if (!wanted) lively = undefined;
    },
    changed,
    didActivity(profileId, batch) {
      for (const watcher of activityWatchers) watcher(profileId, batch);
      keepRatesFresh();
    },
    close() {
      isClosed = true;
      clearInterval(lively);
      clearImmediate(emission);
    },
  };
}
