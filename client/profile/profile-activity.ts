import type { ActivityEntry, ActivityLog } from '../../shared/activity.ts';
import type { LeftOut } from '../tunnel/tunnel-client.ts';
import { openActivityFile } from './activity-file.ts';
import type { ActivityRate } from './activity-rates.ts';
import { createActivityStore } from './activity-store.ts';
import type { ProfileContext } from './profile-context.ts';

/** A profile's requests: in memory, on disk, and told to whoever watches. */
export interface ProfileActivity {
  add(entries: readonly ActivityEntry[], leftOut: LeftOut): void;
  log(): ActivityLog;
  /** The same, after a look at what earlier runs and other processes have kept. */
  kept(): Promise<ActivityLog>;
  rate(api: string, nowMs: number): ActivityRate;
  isLively(): boolean;
  /** Forgets it everywhere. @throws when something can't be deleted */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** See {@link ProfileActivity}. */
export function createProfileActivity(context: ProfileContext, profileId: string): ProfileActivity {
  const { options, now } = context;
  const store = createActivityStore();
  const file = openActivityFile({
    stateDir: options.stateDir,
    secrets: options.secrets,
    profileId,
    onBatch: (batch) => store.restore(batch),
    now,
  });
  return {
    add(entries, leftOut) {
      const batch = store.add(entries, leftOut, now());
      file.add(batch);
      context.onActivity(profileId, batch);
    },
    log: () => store.log(),
    async kept() {
      await file.sync();
      return store.log();
    },
    rate: (api, nowMs) => store.rate(api, nowMs),
    isLively: () => store.isLively(now()),
    async clear() {
      store.clear();
      await file.clear();
    },
    close: () => file.close(),
  };
}
